"""A certificate authority of our own, made with the openssl program: a good certificate, and three bad ones."""
import os
import pathlib
import ssl
import subprocess

GOOD_NAMES = "DNS:localhost,IP:127.0.0.1,IP:::1"
LEAVES = {                       # name: (subject names, days, signed by)
    "good": (GOOD_NAMES, "365", "ca"),
    "expired": (GOOD_NAMES, "-1", "ca"),
    "wrong_host": ("DNS:other.invalid", "365", "ca"),
    "unknown_ca": (GOOD_NAMES, "365", "stranger"),
}


def openssl(*args):
    done = subprocess.run(["openssl", *args], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {args[0]}: {done.stderr.strip()[-300:]}")


def make_authority(folder, name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "365",
            "-subj", f"/CN=interviewctl test {name}", "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")


def make_leaf(folder, name, names, days, signer):
    base = folder / name
    (folder / f"{name}.ext").write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\n"
                                        "basicConstraints=critical,CA:FALSE\n")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
            "-keyout", f"{base}.key", "-out", f"{base}.csr")
    openssl("x509", "-req", "-in", f"{base}.csr", "-CA", f"{folder}/{signer}.pem", "-CAkey", f"{folder}/{signer}.key",
            "-CAcreateserial", "-days", days, "-extfile", f"{base}.ext", "-out", f"{base}.pem")


def make(folder):
    """Everything in `folder`, unless a finished set is there already."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "done"
    if not done.exists():
        os.chmod(folder, 0o700)
        make_authority(folder, "ca")
        make_authority(folder, "stranger")
        for name, (names, days, signer) in LEAVES.items():
            make_leaf(folder, name, names, days, signer)
        done.touch()
    return folder


def context(folder, name="good"):
    """A server's TLS settings with that certificate."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    made.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return made
