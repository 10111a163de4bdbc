"""The flow: one batch is judged (pipeline), a source is worked through from cursor to cursor (worker)."""
