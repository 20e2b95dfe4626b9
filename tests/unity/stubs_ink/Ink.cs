using System.Collections.Generic;

namespace Ink.Runtime
{
    public class Choice
    {
        public string text { get; set; } = "";
        public int index { get; set; }
        public List<string>? tags;
    }

    /// <summary>What the sample uses of Ink's Story; does nothing here.</summary>
    public class Story
    {
        public Story(string jsonString) { }
        public bool canContinue => false;
        public string Continue() => "";
        public List<string> currentTags => new List<string>();
        public List<Choice> currentChoices => new List<Choice>();
        public void ChooseChoiceIndex(int choiceIdx) { }
        public string currentText => "";
        public StoryState state { get; } = new StoryState();
        public string BuildStringOfHierarchy() => "";
        public void ResetState() { }
        public void ChoosePathString(string path, bool resetCallstack = true, params object[] arguments) { }
    }

    public class StoryState
    {
        public string ToJson() => "{}";
        public void LoadJson(string json) { }
    }
}
