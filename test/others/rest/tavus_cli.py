"""tavus-cli, as published, command after command in one process: each line of standard input is a JSON array of
arguments, each line of standard output {"code", "output"} of that command."""

import json
import sys

from typer.testing import CliRunner
from tavus_mcp.cli.main import app

runner = CliRunner()
for line in sys.stdin:
    result = runner.invoke(app, json.loads(line))
    output = result.output
    if result.exception and not isinstance(result.exception, SystemExit):
        output += f"\n{type(result.exception).__name__}: {result.exception}"
    print(json.dumps({"code": result.exit_code, "output": output}), flush=True)
