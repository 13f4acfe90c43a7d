using System.Xml.Linq;

namespace MnistAdder.Training.Page;

/// <summary>Elements of HTML.</summary>
internal static class Html
{
    /// <summary>HTML's namespace: a page is well-formed XML as well.</summary>
    public static readonly XNamespace Namespace = "http://www.w3.org/1999/xhtml";

    // The elements of the HTML standard, section 13.1.2, that have no end tag; of those, the ones that are used.
    private static readonly string[] Void = ["meta", "img"];

    /// <summary>An element.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="content">Attributes, elements, text, and lists of these.</param>
    public static XElement Element(string name, params object?[] content) => new(Namespace + name, content);

    public static XAttribute Class(string names) => new("class", names);

    public static XElement Paragraph(params object?[] content) => Element("p", content);

    /// <summary>A part of the page with a heading that the list of contents leads to.</summary>
    /// <param name="id">Its anchor.</param>
    /// <param name="heading">Its heading.</param>
    /// <param name="content">What it has.</param>
    public static XElement Section(string id, string heading, params object?[] content) =>
        Element("section", new XAttribute("id", id), new XAttribute("aria-labelledby", $"{id}-heading"), Element("h2", new XAttribute("id", $"{id}-heading"), heading), content);

    /// <summary>Things beside each other where there is room, else below each other.</summary>
    public static XElement Columns(params object?[] content) => Element("div", Class("columns"), content);

    /// <summary>A box that scrolls by itself where its content is wider than the page.</summary>
    /// <param name="name">What is in it, for those who can't see it.</param>
    /// <param name="content">Its content.</param>
    public static XElement ScrollBox(string name, XElement content) => Element(
        "div", Class("scroll"), new XAttribute("tabindex", "0"), new XAttribute("role", "region"), new XAttribute("aria-label", name), content);

    /// <summary>The text of a whole page.</summary>
    public static string ToDocument(XElement page)
    {
        // Without this an empty element would be written as <td />, which HTML takes for a start tag.
        foreach (XElement element in page.DescendantsAndSelf().Where(one => one.IsEmpty && one.Name.Namespace == Namespace && !Void.Contains(one.Name.LocalName)))
            element.Value = "";
        return $"<!DOCTYPE html>\n{page}\n";
    }
}
