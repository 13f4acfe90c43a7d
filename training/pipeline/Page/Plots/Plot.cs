using System.Xml.Linq;

namespace MnistAdder.Training.Page.Plots;

/// <summary>A plot with its name and what it shows, in words.</summary>
/// <param name="Name">Its file's name without extension, for instance <c>loss</c>.</param>
/// <param name="Title">What it shows, in a few words.</param>
/// <param name="Description">How to read it: for those who see it, and for those who don't.</param>
/// <param name="Width">Width in its own units; text is 12 of them high.</param>
/// <param name="Height">Height in its own units.</param>
/// <param name="Content">What is drawn, in colours of <c>plot.css</c>.</param>
internal sealed record Plot(string Name, string Title, string Description, double Width, double Height, IReadOnlyList<XElement> Content)
{
    /// <summary>The style sheet of every plot, with colours for light and dark.</summary>
    public static string StyleSheet { get; } = EmbeddedText.Read("plot.css");

    /// <summary>The plot as a part of a page that has <see cref="StyleSheet"/>.</summary>
    public XElement ToElement()
    {
        string title = $"{Name}-title", description = $"{Name}-description";
        return Svg.Element(
            "svg",
            [
                ("viewBox", FormattableString.Invariant($"0 0 {Width} {Height}")), ("width", Width), ("height", Height), ("class", "picture"),
                ("role", "img"), ("aria-labelledby", $"{title} {description}"),
            ],
            Svg.Element("title", [("id", title)], Title),
            Svg.Element("desc", [("id", description)], Description),
            Content);
    }

    /// <summary>The plot as a file of its own, with a background.</summary>
    public string ToFileText()
    {
        XElement plot = ToElement();
        XElement description = plot.Element(Svg.Namespace + "desc")!;
        description.AddAfterSelf(
            Svg.Element("style", [], StyleSheet),
            Svg.Rectangle(0, 0, Width, Height, "paper"));
        return plot + "\n";
    }
}
