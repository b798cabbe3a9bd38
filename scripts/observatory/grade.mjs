// Grades pages with MDN's HTTP Observatory, run here: `node grade.mjs MODULE_FOLDER < pages.json`.
//
// pages.json is [{"name", "host", "http", "https", "path", "cookie"}]; `http` and `https` are ports
// on this machine. Prints one JSON object a page: {"name", "status", "grade", "score", "failed"}.
// The score is computed as the Observatory's own scanner does: bonuses count from 90 points on.
import dns from "node:dns";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

// RFC 6761 §6.3: names under localhost are this machine, whatever the system's resolver says.
const lookup = dns.lookup;
dns.lookup = (host, ...rest) => lookup(host.endsWith(".localhost") ? "127.0.0.1" : host, ...rest);

const folder = path.resolve(process.argv[2], "src");
const load = (file) => import(pathToFileURL(path.join(folder, file)));
const { retrieve } = await load("retriever/retriever.js");
const { ALL_TESTS } = await load("constants.js");
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await load("grader/charts.js");
const { getGradeForScore, getScoreModifier } = await load("grader/grader.js");

for (const page of JSON.parse(readFileSync(0, "utf8"))) {
  const headers = ["Accept: text/html"];
  if (page.cookie) headers.push(`Cookie: ${page.cookie}`);
  const options = { httpPort: page.http, httpsPort: page.https, path: page.path, headers };
  const retrieved = await retrieve(page.host, options);
  const results = ALL_TESTS.map((test) => test(retrieved)).filter((one) => one.result);
  const modifiers = results.map((one) => getScoreModifier(one.result));
  const curbed = modifiers.filter((one) => one < 0).reduce((sum, one) => sum + one, 100);
  const whole = modifiers.reduce((sum, one) => sum + one, 100);
  const { score, grade } = getGradeForScore(curbed >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? whole : curbed);
  const status = retrieved.responses.auto?.status ?? null;
  const failed = results.filter((one) => !one.pass).map((one) => one.result);
  console.log(JSON.stringify({ name: page.name, status, grade, score, failed }));
}
