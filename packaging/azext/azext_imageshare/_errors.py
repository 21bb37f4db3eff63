"""Failures: the program's kinds as az's error classes, its exit codes, and nothing for its telemetry."""

import sys

# The program's kind: az's class, and az's exit code for it.
CLASSES = {
    "usage": ("InvalidArgumentValueError", 2),
    "failure": ("AzureResponseError", 1),
    "not-found": ("ResourceNotFoundError", 3),
    "sign-in": ("UnauthorizedError", 1),
    "partial": ("AzureResponseError", 1),
    "not-approved": ("AzureResponseError", 1),
    "network": ("AzureConnectionError", 1),
    "origin": ("AzureConnectionError", 1),
    "keyring": ("UnclassifiedUserFault", 1),
    "interrupted": ("ManualInterrupt", 1),
    "internal": ("CLIInternalError", 1),
}


class Failure(Exception):
    """What the program, or az's own login, says went wrong."""

    def __init__(self, kind, text, hints=(), cause=None):
        super().__init__(text)
        self.kind = kind
        self.hints = list(hints)
        self.cause = cause

    @staticmethod
    def of(kind, text):
        """A failure without hints."""
        return Failure(kind, text)

    def end(self):
        """Prints the error as az does, and ends az.

        Raising it would cost az 0.3 seconds of imports, and az would send the text to its telemetry.
        """
        from azure.cli.core import azclierror, telemetry

        name, code = CLASSES.get(self.kind, CLASSES["internal"])
        if self.cause is not None and not isinstance(self.cause, azclierror.AzCLIError):
            raise self.cause
        error = self.cause or getattr(azclierror, name)(str(self), recommendation=self.hints)
        telemetry.set_error_type(type(error).__name__)
        telemetry.set_user_fault(f"imageshare: {self.kind}")
        error.print_error()
        sys.exit(code)
