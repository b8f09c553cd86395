"""Check: may this leave the house?"""
