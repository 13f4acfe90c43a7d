using System.Xml.Linq;

namespace MnistAdder.Training.Page;

/// <summary>A table of the page.</summary>
/// <param name="Caption">What it lists.</param>
/// <param name="Columns">Its columns from left to right; the first one names the rows.</param>
internal sealed record Table(string Caption, params Column[] Columns)
{
    private readonly List<XElement> _rows = [];

    /// <summary>Adds a row with a field for each column.</summary>
    public Table Row(params IEnumerable<string> fields)
    {
        string[] texts = [.. fields];
        if (texts.Length != Columns.Length)
            throw new ArgumentException($"{texts.Length} fields are no row of {Columns.Length} columns.", nameof(fields));
        _rows.Add(Html.Element("tr", texts.Select((text, index) => index == 0
            ? Html.Element("th", new XAttribute("scope", "row"), Alignment(Columns[index]), text)
            : Html.Element("td", Alignment(Columns[index]), text))));
        return this;
    }

    /// <summary>The table in a box that scrolls by itself.</summary>
    public XElement ToElement() => Html.ScrollBox(Caption, Html.Element(
        "table",
        Html.Element("caption", Caption),
        Html.Element("thead", Html.Element("tr", Columns.Select(column => Html.Element("th", new XAttribute("scope", "col"), Alignment(column), column.Title)))),
        Html.Element("tbody", _rows)));

    /// <summary>The table, closed until it is asked for.</summary>
    public XElement ToDetails() => Html.Element("details", Html.Element("summary", $"Table: {Caption}"), ToElement());

    private static XAttribute? Alignment(Column column) => column.IsNumber ? Html.Class("number") : null;
}

/// <summary>A column of a <see cref="Table"/>.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="IsNumber">Whether its fields are numbers, which stand at the right.</param>
internal sealed record Column(string Title, bool IsNumber = true)
{
    public static Column Text(string title) => new(title, IsNumber: false);
}
