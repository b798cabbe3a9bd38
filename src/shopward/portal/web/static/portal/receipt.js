/**
 * Verifies a Shopward receipt in the browser, with nothing but the ledger's public key.
 *
 * The third implementation of docs/spec/ledger.md, beside the program and the auditor's script; it
 * shares no line with either. No network, no storage, no HTML: a receipt and a key go in, what was
 * proven comes out, and anything that does not hold throws with the reason.
 *
 * - The checkpoint's signature is checked before its root is used.
 * - Base64 has one spelling; a hash has 32 bytes; numbers have no leading zeros.
 */

const LAST_MS = 253402300799999n;
const MEMBERS = "details,format,leaf,proof,salt";
const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether this browser can verify: Web Crypto with Ed25519. */
export async function canVerify() {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32), "Ed25519", false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

/**
 * Verifies one receipt.
 *
 * @param {string} receipt The receipt's JSON, as downloaded.
 * @param {string} vkey The ledger's public key: name+id+base64.
 * @returns {Promise<{index: bigint, size: bigint, kind: string, time: Date, details: ?string}>}
 *   What the receipt proves; `details` is null when the entry is not opened.
 * @throws {Error} The reason why it proves nothing.
 */
export async function verifyReceipt(receipt, vkey) {
  const document = JSON.parse(receipt);
  must(document?.format === "shopward-receipt/v1", "this is no receipt");
  must(Object.keys(document).sort().join() === MEMBERS, "the receipt has other members");
  const leaf = decode(document.leaf);
  const { index, path, note } = readProof(document.proof);
  const { size, root } = await openCheckpoint(note, vkey);
  must(index < size, "the entry is not in this tree");
  const start = await sha256(Uint8Array.of(0), leaf);
  const found = await climb(index, size, start, path);
  must(same(found, root), "the proof leads to another root");
  const { kind, time } = await readEntry(leaf, document.salt, document.details);
  return { index, size, kind, time, details: document.details };
}

function must(holds, reason) {
  if (!holds) throw new Error(reason);
}

async function sha256(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

function same(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function decode(given) {
  must(typeof given === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(given), "base64 is malformed");
  const binary = atob(given);
  must(btoa(binary) === given, "base64 is not canonical");
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

function decimal(given) {
  must(/^(0|[1-9][0-9]{0,18})$/.test(given) && BigInt(given) < 1n << 63n, "a number is malformed");
  return BigInt(given);
}

function hash(line) {
  const bytes = decode(line);
  must(bytes.length === 32, "a hash does not have 32 bytes");
  return bytes;
}

function readProof(proof) {
  must(typeof proof === "string", "the proof is missing");
  const end = proof.indexOf("\n\n");
  must(end > 0, "this is no proof");
  const lines = proof.slice(0, end).split("\n");
  must(lines.shift() === "c2sp.org/tlog-proof@v1", "this is no proof");
  if (lines.length && lines[0].startsWith("extra ")) lines.shift();
  const numbered = /^index (\S+)$/.exec(lines.shift() ?? "");
  must(numbered, "the proof has no index");
  return { index: decimal(numbered[1]), path: lines.map(hash), note: proof.slice(end + 2) };
}

/** The root that an inclusion path leads to. Source: RFC 9162 section 2.1.3.2. */
async function climb(index, size, leaf, path) {
  let fn = index;
  let sn = size - 1n;
  let root = leaf;
  for (const side of path) {
    must(sn !== 0n, "the proof is too long");
    if (fn & 1n || fn === sn) {
      root = await sha256(Uint8Array.of(1), side, root);
      while (!(fn & 1n) && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      root = await sha256(Uint8Array.of(1), root, side);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  must(sn === 0n, "the proof is too short");
  return root;
}

/** Size and root of a signed checkpoint. Source: C2SP signed-note, tlog-checkpoint. */
async function openCheckpoint(note, vkey) {
  const { name, id, key } = await readKey(vkey);
  must(!/[\x00-\x09\x0b-\x1f]/.test(note), "the checkpoint has control characters");
  const end = note.lastIndexOf("\n\n");
  must(end > 0 && note.endsWith("\n"), "the checkpoint is malformed");
  const body = note.slice(0, end + 1);
  let isSigned = false;
  for (const line of note.slice(end + 2, -1).split("\n")) {
    const [dash, who, signature, ...more] = line.split(" ");
    must(dash === "—" && who && signature && !more.length, "a signature line is malformed");
    const raw = decode(signature);
    if (who !== name || hex(raw.slice(0, 4)) !== id) continue;
    const holds = await crypto.subtle.verify("Ed25519", key, raw.slice(4), utf8.encode(body));
    must(holds, "the signature does not hold");
    isSigned = true;
  }
  must(isSigned, "the key did not sign this checkpoint");
  const [origin, size, root, ...rest] = body.slice(0, -1).split("\n");
  must(origin === name && rest.every(Boolean) && root, "it is of another log or malformed");
  return { size: decimal(size), root: hash(root) };
}

async function readKey(vkey) {
  const [name, id, ...rest] = vkey.trim().split("+");
  const raw = decode(rest.join("+"));
  must(raw.length === 33 && raw[0] === 1, "the key is not an Ed25519 key");
  const named = await sha256(utf8.encode(`${name}\n`), raw);
  must(hex(named.slice(0, 4)) === id, "the key's id is wrong");
  const key = await crypto.subtle.importKey("raw", raw.slice(1), "Ed25519", false, ["verify"]);
  return { name, id, key };
}

/** Time and kind of a leaf, once its details, if opened, are what it commits to. */
async function readEntry(leaf, salt, details) {
  const kindBytes = leaf.slice(10, -32);
  must(
    leaf.length >= 43 && leaf[0] === 1 && leaf[9] === kindBytes.length,
    "the entry is malformed",
  );
  const kind = text.decode(kindBytes);
  must(/^[!-~]{1,40}$/.test(kind), "the entry has a malformed kind");
  must((salt === null) === (details === null), "the entry is half opened");
  if (salt !== null) {
    const head = utf8.encode("shopward/commitment/v1\0");
    must(typeof details === "string", "the details are malformed");
    must(details.isWellFormed?.() ?? true, "the details are malformed");
    const committed = await sha256(head, hash(salt), utf8.encode(details));
    must(same(committed, leaf.slice(-32)), "the details are not what the entry commits to");
  }
  const time = new DataView(leaf.buffer, leaf.byteOffset).getBigUint64(1);
  must(time <= LAST_MS, "the entry has a time past the year 9999");
  return { kind, time: new Date(Number(time)) };
}
