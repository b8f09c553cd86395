"""Understand: what is this message?"""
