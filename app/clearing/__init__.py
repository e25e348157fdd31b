"""Who is served by whom at what price, when many ask and several offer: pure computation, exact to the minor unit."""
