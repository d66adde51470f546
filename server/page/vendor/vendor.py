#!/usr/bin/env python3
"""Makes the compressed copies in this folder from the packages that package-lock.json names: vendor.py [--check]

npm is asked for exactly those versions and checks their digests; nothing of a package is run. With --check the copies here are
compared with what comes, and nothing is written. A build needs neither npm nor a network: it takes the copies.
"""
import gzip
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FILES = {
    "swagger-ui.js.gz": "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui.css.gz": "swagger-ui-dist/swagger-ui.css",
    "redoc.js.gz": "redoc/bundles/redoc.standalone.js",
    "licences/swagger-ui.txt": "swagger-ui-dist/LICENSE",
    "licences/swagger-ui-notice.txt": "swagger-ui-dist/NOTICE",
    "licences/swagger-ui-parts.txt": "swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt",
    "licences/redoc.txt": "redoc/LICENSE",
    "licences/redoc-parts.txt": "redoc/bundles/redoc.standalone.js.LICENSE.txt",
}
# ReDoc shows its makers' mark from their host; a page that asks no other host shows an empty picture in its place.
PATCHES = {"redoc.js.gz": (b"https://cdn.redoc.ly/redoc/logo-mini.svg", b"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E")}


def content(folder, name, source):
    data = (folder / "node_modules" / source).read_bytes()
    if name in PATCHES:
        old, new = PATCHES[name]
        if data.count(old) != 1:
            sys.exit(f"{source}: {old.decode()} stands in it {data.count(old)} times")
        data = data.replace(old, new)
    return data


def same(path, data):
    """What it unpacks to decides: another zlib may pack otherwise."""
    if not path.exists():
        return False
    have = path.read_bytes()
    return (gzip.decompress(have) if path.suffix == ".gz" else have) == data


def main():
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=True)
        for name, source in FILES.items():
            data, path = content(pathlib.Path(folder), name, source), HERE / name
            if same(path, data):
                continue
            if "--check" in sys.argv:
                wrong.append(name)
                continue
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(gzip.compress(data, 9, mtime=0) if path.suffix == ".gz" else data)
            print(f"{name}: {path.stat().st_size} bytes")
    if wrong:
        sys.exit(f"differ from the packages of package-lock.json: {' '.join(wrong)}")
    print(f"{len(FILES)} files are those of package-lock.json")


if __name__ == "__main__":
    main()
