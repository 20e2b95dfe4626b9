extends RefCounted
## Versions and error codes of the protocol; tests compare them with protocol/.

const PROTOCOL := "0.9"
const ADDON := "0.1.0"
const ERRORS: Array[String] = []
