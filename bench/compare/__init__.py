"""What encryption costs: clear tcp, crypto_tcp and VPNs side by side. scripts/compare is the program."""
