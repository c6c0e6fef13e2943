"""Comparing is arithmetic: it loads no model library."""

import subprocess
import sys


def test_comparing_loads_no_torch():
    code = "import sys, sayso.pipeline.comparing, sayso.cli.compare; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
