"""`python -m benchmarks`: how much the lock, the reason and the receipt cost.

Every row is a ratio between the product and a floor without any of the three, measured in turns in
one run on the machine at hand. Figures of different machines or runs are never compared.
"""
