"""The painter: the true picture of any planes under any conditions. Imports ``world`` only."""
