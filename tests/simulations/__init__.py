"""Every interval that is shown, against worlds whose truth is known: reduced counts."""
