"""The operator's back office: a window on the platform, read only, whose every change is a use case."""
