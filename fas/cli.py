"""The command line `fas`. Bad input is told in one line on stderr and exits with 2, never with a usage text or a traceback."""

import sys
from collections.abc import Callable, Sequence

import typer

from fas.commands import audit, compare, data, metrics, models, plan, predict, preset, scores, tables
from fas.errors import UserError

_COMMANDS: dict[str, Callable[..., None]] = {
    "datasets": data.datasets,
    "scan": data.scan,
    "protocols": data.protocols,
    "protocol": data.protocol,
    "audit": audit.audit,
    "metrics": metrics.metrics,
    "compare": compare.compare,
    "scores": scores.scores,
    "preset": preset.preset,
    "plan": plan.plan,
    "methods": models.list_methods,
    "predict": predict.predict,
}

app = typer.Typer(name="fas", add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def _fas(context: typer.Context) -> None:
    """Face anti-spoofing: manifests, protocols, metrics, and the pipeline's models and tables."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)
app.add_typer(tables.app, name="tables")


def main() -> None:
    """Entry point of the console script `fas`."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 0, 2 for bad input, or what the command asked for."""
    try:
        code = app(args=list(arguments), prog_name="fas", standalone_mode=False)
    except UserError as error:
        return _refuse(str(error))
    except typer.TyperException as error:
        return _refuse(error.format_message())
    except typer.Abort:
        return 130
    except OSError as error:
        return _refuse(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    return code if isinstance(code, int) else 0


def _refuse(message: str) -> int:
    typer.echo(f"fas: {' '.join(message.split())}", err=True)
    return 2
