"""The one door to language models: prompts as files, structured answers, budgets. Optional: nothing else needs it."""
