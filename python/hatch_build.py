"""Puts the standin binary that STANDIN_WHEEL_BIN names into the wheel, and names the platform that it runs on."""

import os
import sysconfig

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BinaryHook(BuildHookInterface):
    def initialize(self, version, build_data):
        binary = os.environ.get("STANDIN_WHEEL_BIN")
        if version == "editable" or not binary:
            # Without a binary the package runs everywhere, and finds one by STANDIN_BIN or PATH.
            return
        build_data["pure_python"] = False
        # The tag of the machine that built it: no promise of older systems is made that nobody tested.
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"
        name = "standin.exe" if os.name == "nt" else "standin"
        build_data["force_include"][binary] = f"pytest_standin/bin/{name}"
