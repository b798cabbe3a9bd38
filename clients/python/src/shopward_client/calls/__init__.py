"""Every verb of the vault as a function that makes a `Call`: the protocol, without a socket."""
