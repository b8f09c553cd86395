"""LangChain, MCP, Ray and evaluation harnesses."""
