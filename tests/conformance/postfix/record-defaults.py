#!/usr/bin/env python3
"""Records defaults.json from the real postconf.

    record-defaults.py > defaults.json

Run as root on a host with Debian's postfix 3.7, two interfaces (127.0.0.1/8, 192.168.75.2/24), IPv6 turned off and the host
name halo.example.org: defaults of mynetworks and myhostname come from there. `process_id` is left out, it changes.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

MAIN_CF = {"compatibility_level": "3.6", "myhostname": "halo.example.org"}
LEFT_OUT = {"process_id"}


def postconf(directory: str, *options: str) -> dict[str, str]:
    command = ["postconf", "-c", directory, *options]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    pairs = (line.split(" =", 1) for line in lines)
    return {name: value.strip() for name, value in pairs if name not in LEFT_OUT}


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        text = "".join(f"{name} = {value}\n" for name, value in MAIN_CF.items())
        pathlib.Path(directory, "main.cf").write_text(text)
        shutil.copy("/usr/share/postfix/master.cf.dist", f"{directory}/master.cf")
        defaults = postconf(directory, "-d")
        values = postconf(directory, "-x")
        defaults["config_directory"] = values["config_directory"] = "/etc/postfix"
        version = postconf(directory, "-d", "mail_version")["mail_version"]
    parameters = {
        name: {"default": value} | ({"value": values[name]} if values.get(name, value) != value else {})
        for name, value in sorted(defaults.items())
    }
    json.dump(
        {
            "postfix": version,
            "note": "default: as 'postconf -d' prints it; value: as 'postconf -x' prints it with the main.cf below "
            "(only where it differs from default)",
            "main.cf": MAIN_CF,
            "interfaces": ["127.0.0.1/8", "192.168.75.2/24"],
            "parameters": parameters,
        },
        sys.stdout,
        indent=1,
    )
    print()


if __name__ == "__main__":
    main()
