"Colors of code: few, quiet, and each at least 4.5 to 1 against the cell behind it."
from pygments.style import Style
from pygments.token import (Comment, Error, Generic, Keyword, Literal, Name, Number, Operator, Punctuation, String, Text,
                            Token)


def styles(
    ink:str, # of what has no color of its own
    comment:str, # comments explain parameters here, so they must read well
    keyword:str, # def, return, ...
    string:str, # in quotes
    number:str, # and True, False, None
    name:str, # of a function or class where it is defined
)->dict: # as Pygments wants it
    "A style from six colors."
    return {Token: ink, Text: ink, Name: ink, Punctuation: ink, Operator: ink, Error: ink, Literal: number,
            Comment: f"italic {comment}", Keyword: keyword, Operator.Word: keyword, Keyword.Constant: number,
            String: string, Number: number, Name.Function: f"bold {name}", Name.Class: f"bold {name}",
            Name.Decorator: name, Name.Builtin: ink, Name.Builtin.Pseudo: ink, Name.Exception: ink,
            Name.Namespace: ink, Name.Function.Magic: f"bold {name}", Generic: ink}


class Light(Style):
    "On paper."
    background_color = "#f6f7f8"
    styles = styles("#24292f", "#57606a", "#94306a", "#1d6b3c", "#0a5aa0", "#5a3aa0")


class Dark(Style):
    "At night."
    background_color = "#1b1e23"
    styles = styles("#dfe3e8", "#9aa5b1", "#eda3cb", "#a5d6a7", "#8cc8f8", "#cdb4f9")
