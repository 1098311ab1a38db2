"""RandomPet: a name made of words.

Reads: `base.bridged`.
Makes: the resource type.
"""

import secrets

from tools.plugins.base.attributes import Attribute, table
from tools.plugins.base.bridged import TableResource
from tools.plugins.base.values import Props
from tools.plugins.random.shared import KEEPERS, MADE


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ADVERBS = _words("""
barely boldly briefly brightly calmly clearly closely daily deeply duly eagerly early easily evenly fairly fondly
freely freshly gently gladly grandly greatly happily highly honestly jointly justly keenly kindly largely lately
lightly loosely loudly mainly mildly mostly neatly newly nicely openly partly plainly politely proudly purely
quickly quietly rarely readily really richly rightly safely sharply simply slowly smoothly softly solely steadily
strongly surely sweetly swiftly truly vastly warmly wholly widely wildly wisely
""")
ADJECTIVES = _words("""
able agile alert ample apt awake blue bold brave bright brisk calm careful cheerful clean clear clever cool crisp
curious deep eager early easy exact fair famous fast fine firm fit fleet fond free fresh friendly full gentle glad
golden good grand green happy hardy honest humble ideal jolly just keen kind large light lively loyal lucky lunar
mellow merry mighty modest neat new nice noble open patient plain polite prime proper proud pure quick quiet rapid
rare ready red rich right robust round royal safe sharp shiny silent simple smart smooth snug solar solid sound
steady still strong sunny sure swift tall tidy true upright valid vivid warm wide wise witty young
""")
NAMES = _words("""
ant badger bass bat bear beaver bee beetle bird bison boar buck camel carp cat cheetah chicken cobra cod colt condor
cow coyote crab crane cricket crow cub deer dingo dog dolphin donkey dove dragon duck eagle eel elk emu falcon fawn
ferret finch fish flamingo fly foal fox frog gecko gelding gnu goat goose gopher grouse gull hare hawk hen heron
hippo hog hornet horse hound ibex iguana impala jackal jay kid kite kiwi koala krill ladybug lamb lark lemur leopard
liger lion lizard llama lobster lynx magpie mako mallard mantis marlin marten mink mole monkey moose moth mouse mule
newt ocelot octopus orca oryx osprey otter owl ox oyster panda panther parrot penguin perch pig pigeon pika pony
prawn puffin puma pup quail rabbit raccoon ram raptor rat raven ray robin rooster salmon satyr seal shark sheep
shrew shrimp skink sloth slug snail snake sole spider sponge squid stag starling stork swan swift tapir teal tern
tiger toad toucan trout turkey turtle urchin viper vulture wallaby walrus wasp weasel whale wolf wombat worm wren
yak zebra
""")


class RandomPet(TableResource):
    """A name of `length` words; the id is the name."""

    attributes = table(
        keepers=KEEPERS,
        length=Attribute("integer", default=2),
        separator=Attribute(default="-"),
        prefix=Attribute(),
        id=MADE,
    )

    def make(self, values: Props) -> Props:
        """Draw the words: adverbs, then an adjective, then an animal."""
        length = values["length"]
        words = [secrets.choice(ADVERBS) for _ in range(length - 2)]
        words += [secrets.choice(ADJECTIVES)] if length > 1 else []
        words.append(secrets.choice(NAMES))
        prefix = values.get("prefix")
        return {"id": values["separator"].join([prefix, *words] if prefix else words)}
