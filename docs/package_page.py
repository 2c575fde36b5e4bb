"""Makes the links of the README absolute, for package indexes: `python -m docs.package_page ADDRESS TAG`.

An index shows the README without the files beside it, so a relative link or picture leads nowhere there.
"""

import argparse
import re
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
LINK = re.compile(r"(!?)(\[[^\]]*\])\((?!https?://|#)([^)\s]+)\)")


def absolute(text: str, address: str, tag: str) -> str:
    """A text of Markdown whose relative links lead to a repository.

    Args:
        text: With links relative to the root of the repository.
        address: Of the repository, without a slash at the end.
        tag: The version that is linked to.
    """

    def replaced(link: re.Match[str]) -> str:
        kind = "raw" if link[1] else "blob"  # pictures themselves; pages about files
        return f"{link[1]}{link[2]}({address.rstrip('/')}/{kind}/{tag}/{link[3]})"

    return LINK.sub(replaced, text)


def main() -> None:
    """Rewrite the README in place."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.package_page", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("address", help="of the repository, such as https://example.org/owner/swarm-env")
    parser.add_argument("tag", help="of the release, such as v1.0.0")
    given = parser.parse_args()
    README.write_text(absolute(README.read_text(), given.address, given.tag))


if __name__ == "__main__":
    main()
