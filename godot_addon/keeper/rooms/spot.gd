class_name KeeperSpot
extends Node2D
## A thing in a room that the keeper can use: it starts a talk, leads to another room, or does something.

## What the hint says, such as "read the log".
@export var hint := ""
## How near the keeper must stand.
@export var reach := 80.0
## The talk in story/talks.json that it starts.
@export var talk := ""
## The room that it leads to, and where the keeper then stands.
@export var leads_to := ""
@export var arrives_at := 0.0
## What must be true to use it at all, such as "not oil".
@export var only_if := ""
## What must be true to go through; otherwise [member talk] says why not.
@export var opens_if := ""
