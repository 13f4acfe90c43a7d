using MnistAdder.Commands;

namespace MnistAdder.Scoring.Tables;

/// <summary>Rows of image paths and numbers: its header is known, and the rows are read when they are asked for.</summary>
/// <param name="name">What messages call it; null where the rows are pictures that the user named, which have no lines.</param>
/// <param name="folder">Where relative image paths begin; null for the working directory.</param>
/// <param name="columns">The columns' names in their order.</param>
/// <param name="roles">What some of them are for.</param>
internal abstract class InputTable(string? name, string? folder, IReadOnlyList<string> columns, ColumnRoles roles) : IDisposable
{
    /// <summary>The columns' names in the table's order.</summary>
    public IReadOnlyList<string> Columns { get; } = columns;

    /// <summary>Where relative image paths begin; null for the working directory.</summary>
    public string? Folder { get; } = folder;

    /// <summary>Which of them mean something.</summary>
    public ColumnRoles Roles { get; } = roles;

    /// <summary>Whether a column is the one with the numbers.</summary>
    public bool IsNumber(int column) => column == Roles.Number;

    /// <summary>Reads the rows, each with as many fields as there are columns; once.</summary>
    /// <exception cref="InvalidDataException">The table is malformed so that no further row can be read.</exception>
    public abstract IEnumerable<InputRow> Rows();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>A row of this table.</summary>
    /// <param name="line">Where it begins, from 1.</param>
    /// <param name="fields">As many as there are columns.</param>
    /// <param name="flaw">Why it can't be used; null where it can.</param>
    protected InputRow Row(long line, string[] fields, string? flaw) => new(this, line, fields, flaw);

    /// <summary>The image's path; empty where the row has a flaw.</summary>
    internal string ImagePath(InputRow row) => Field(row, Roles.Path);

    internal string Number(InputRow row) => Field(row, Roles.Number);

    internal string Label(InputRow row) => Roles.Label is { } label ? Field(row, label) : "";

    internal string Place(InputRow row) => name is null ? TerminalText.OneLine(ImagePath(row)) : $"{name}, line {row.Line}";

    internal string Describe(InputRow row) => $"{Shown(row, Roles.Path)}, {Shown(row, Roles.Number)}";

    private static string Field(InputRow row, int column) => row.Flaw is null ? row.Fields[column] : "";

    private string Shown(InputRow row, int column) => $"{ShownText.Of(Columns[column])} '{ShownText.Of(row.Fields[column])}'";
}

/// <summary>Which columns mean something.</summary>
/// <param name="Path">The images' paths.</param>
/// <param name="Number">The numbers to add.</param>
/// <param name="Label">The digits that the images show, where that is said.</param>
internal sealed record ColumnRoles(int Path, int Number, int? Label);

/// <summary>A row of a table.</summary>
/// <param name="Table">The table.</param>
/// <param name="Line">The line that it begins in, from 1.</param>
/// <param name="Fields">Its values as text, as many as there are columns.</param>
/// <param name="Flaw">Why it can't be used; <see langword="null"/> where it can.</param>
internal sealed record InputRow(InputTable Table, long Line, string[] Fields, string? Flaw)
{
    /// <summary>The image's path as the table has it; empty where the row has a flaw.</summary>
    public string ImagePath => Table.ImagePath(this);

    /// <summary>The number to add as the table has it; empty where the row has a flaw.</summary>
    public string Number => Table.Number(this);

    /// <summary>The digit that the image shows, as the table has it; empty where there is no such column or the row has a flaw.</summary>
    public string Label => Table.Label(this);

    /// <summary>Where it is, for a message: its table and line, or the image where no file has the rows.</summary>
    public string Place => Table.Place(this);

    /// <summary>The two values that are scored, for a message.</summary>
    public string Description => Table.Describe(this);
}
