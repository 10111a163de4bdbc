"""The office: find a case again, look after people, see how sure judgements are, plan, settle, and see what did not arrive."""
