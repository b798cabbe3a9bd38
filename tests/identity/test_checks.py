from shopward.identity.checks import CHECKS


def test_every_check_is_named_after_its_room() -> None:
    assert all(check.slug.startswith("identity:") for check in CHECKS)
    assert len({check.slug for check in CHECKS}) == len(CHECKS)
