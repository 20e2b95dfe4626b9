extends RefCounted
## The connection of a stream breaks, and its daemon is not found until the channel is given its name again.


static func cut_off(stream: DreamStream) -> void:
	var channel := stream._session.channel
	channel.rename("nobody-there")
	channel._pumping.lock()
	channel._zmtp.close()
	channel._lost("", "the test has cut it off")
	channel._pumping.unlock()
