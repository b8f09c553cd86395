"""Find: does the shop already know the answer?"""
