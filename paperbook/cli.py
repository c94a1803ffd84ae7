"""The command line of the press: `paperbook run PAGE`."""
