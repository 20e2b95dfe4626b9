"""Sentences about anything but a landscape: in them the prompt head must hear nothing."""

import numpy as np

WHO = (
    "the committee", "our manager", "the accountant", "a customer", "my brother", "her uncle", "the professor", "a student", "the nurse", "the waiter", "the pilot",
    "a lawyer", "the mechanic", "the programmer", "a journalist", "the minister", "the singer", "a clown", "the barber", "the librarian", "a tourist", "the team",
    "the company", "the robot", "a parrot", "our dog", "the hamster", "a knight", "the wizard", "a goblin", "the princess", "the detective", "a thief", "an alien",
    "the landlord", "the goalkeeper", "a chess player", "the tailor", "the cook", "everybody", "nobody", "someone", "the neighbour", "a child", "the twins", "he", "she",
    "the president", "an engineer", "the bank", "the hotel", "a dentist", "the jury", "the crew", "the postman", "a magician", "the choir", "the audience",
)  # fmt: skip
DOES = (
    "signs the contract", "cancels the order", "pays the invoice", "reads the manual", "answers the question", "writes a report", "buys a new laptop", "sells the house",
    "repairs the engine", "loses the keys", "finds a coin", "opens the box", "closes the account", "counts the votes", "wins the match", "scores a goal", "tells a joke",
    "asks for the bill", "sends an email", "deletes the file", "installs the update", "prints the page", "calls the office", "misses the bus", "takes the elevator",
    "drinks a coffee", "eats a sandwich", "bakes bread", "peels potatoes", "sets the table", "washes the dishes", "irons a shirt", "cuts the hair of a customer",
    "plays the trumpet", "dances on the stage", "learns the alphabet", "solves the equation", "draws a triangle", "proves the theorem", "measures the voltage",
    "changes the password", "argues about money", "votes for the budget", "apologises for the delay", "explains the rules", "translates the letter", "casts a spell",
    "steals the crown", "draws a sword", "guards the gate", "follows the suspect", "solves the riddle", "is due on Friday", "was published in 1987",
    "costs twelve euros", "needs a new battery", "does not work", "is out of stock", "has four wheels", "speaks three languages", "is fifty years old", "falls asleep on the sofa",
    "laughs at the joke", "nods and says nothing", "is late for work", "has a meeting at the office", "forgot the umbrella stand", "keeps the receipt", "wears a striped tie",
)  # fmt: skip
THINGS = (
    "a quarterly report", "the tax return", "a spreadsheet", "a shopping list", "a red sports car", "a steam engine", "a circuit board", "a bar chart", "an office with many desks",
    "a kitchen sink", "a pair of shoes", "a leather sofa", "a broken mirror", "a dining table", "an old typewriter", "the subway map", "a football stadium", "the stock exchange",
    "a supermarket shelf", "a hospital corridor", "a classroom", "a chess game", "a deck of cards", "the human heart", "a chemical formula", "the periodic table",
    "a portrait of a queen", "two hands holding a cup", "a close-up of an eye", "a bowl of noodles", "a chocolate cake", "a hamburger with fries", "a dragon in a dungeon",
    "a treasure chest", "a magic potion", "a space station", "a laboratory", "a suitcase", "a washing machine", "a telephone", "an elephant", "a goldfish bowl", "the chapter about taxes",
    "a password", "the second paragraph", "the left button", "version two point one", "the user interface", "an error message", "the settings menu", "a loading screen",
)  # fmt: skip
ASKED = (
    "how do I {}", "who {}", "why does it say that {}", "can you tell me who {}", "I think that {}", "it is said that {}", "note: {}", "remember that {}", "{}, doesn't it",
    "he told me that {}", "according to the manual, {}", "in chapter five {}", "{} and nobody notices", "{}, as always", "{} once more", "finally {}", "if {}, tell me",
)  # fmt: skip


def unrelated(rng: np.random.Generator) -> str:
    """A random sentence, or the name of a thing."""

    def one(options: tuple[str, ...]) -> str:
        return options[int(rng.integers(len(options)))]

    kind = rng.random()
    if kind < 0.2:
        return (
            one(THINGS) if rng.random() < 0.3 else f"{one(THINGS)} {one(('and', 'with', 'beside', 'on', 'about'))} {one(THINGS)}"
        )
    said = f"{one(WHO)} {one(DOES)}"
    if kind < 0.45:
        return one(ASKED).format(said)
    if kind < 0.6:
        return f"{said} and {one(DOES)}"
    return said if kind < 0.85 else f"{said} with {one(THINGS)}"
