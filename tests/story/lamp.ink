// The story of the tests, in Ink. tests/story/lamp.yarn is the same in Yarn; lamp.json says what each way through it directs.
VAR lamp = 0.1
VAR oil = 2
-> quay

=== quay ===
The quay is dark. # dream: cut level=0.1 seed=7 # mood: dark
~ lamp = 0.1
Somebody has left a lantern here.
* [Light the lantern. # dream: level=0.4]
    ~ lamp = 0.4
    It burns.
    -> tower
* [Leave it.]
    You walk on in the dark. # dream: wait shown
    -> tower

=== tower ===
The tower door is open. # dream: over=0 level={lamp}
-> stairs

=== stairs ===
{oil} flasks of oil stand on the stairs.
+ {oil > 0} [Pour oil into the lamp.]
    ~ oil = oil - 1
    ~ lamp = lamp + 0.2
    The flame grows. # dream: level={lamp}
    -> stairs
+ [Shade the lamp. # dream: level=0.2]
    ~ lamp = 0.2
    Almost nothing is left of the light.
    -> top
+ [Climb.]
    -> top

=== top ===
The sea lies below. # dream: level={lamp} easing=linear # dream: wait shown
{lamp > 0.3:
    ~ lamp = 1
    A ship answers with a light. # dream: level=1
- else:
    Nobody sees you. # dream: level=-
}
-> END
