using Apache.Arrow;
using MnistAdder.Commands;

namespace MnistAdder.Scoring.Tables;

/// <summary>Rows of images and numbers: its header is known, and the rows are read when they are asked for.</summary>
/// <param name="name">What messages call it; null where the rows are pictures that the user named, which have no lines.</param>
/// <param name="folder">Where relative image paths begin; null for the working directory.</param>
/// <param name="columns">The columns' names in their order.</param>
/// <param name="roles">What some of them are for.</param>
internal abstract class InputTable(string? name, string? folder, IReadOnlyList<string> columns, ColumnRoles roles) : IDisposable
{
    /// <summary>What messages call it; null where the rows are pictures that the user named, which have no lines.</summary>
    public string? Name { get; } = name;

    /// <summary>The columns' names in the table's order.</summary>
    public IReadOnlyList<string> Columns { get; } = columns;

    /// <summary>Where relative image paths begin; null for the working directory.</summary>
    public string? Folder { get; } = folder;

    /// <summary>Which of them mean something.</summary>
    public ColumnRoles Roles { get; } = roles;

    /// <summary>The columns with their types, for a file that has such.</summary>
    public abstract Schema Types { get; }

    /// <summary>Whether a column's values are numbers, or true and false, which JSON has forms for.</summary>
    public abstract bool IsLiteral(int column);

    /// <summary>Reads the rows, each with as many fields as there are columns; once.</summary>
    /// <exception cref="InvalidDataException">The table is malformed so that no further row can be read.</exception>
    public abstract IEnumerable<InputRow> Rows();

    /// <summary>Makes sure that this table may follow another one, of which only the header is looked at.</summary>
    /// <exception cref="InvalidDataException">The headers differ.</exception>
    public virtual void RequireHeaderOf(InputTable first)
    {
        if (GetType() != first.GetType())
            throw new InvalidDataException($"{Name} and {first.Name} are a CSV and a Parquet file; several tables must be of one kind.");
        if (!Columns.SequenceEqual(first.Columns))
            throw new InvalidDataException($"{Name} has the columns {ShownText.Of(Columns)}, and {first.Name} {ShownText.Of(first.Columns)}; several tables must have one header.");
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Where a row is, for a message: its table and line, or the image where no file has the rows.</summary>
    internal string Place(InputRow row) => Name is null ? TerminalText.OneLine(row.ImagePath) : $"{Name}, {Counted} {row.Line}";

    /// <summary>What places are counted in.</summary>
    protected virtual string Counted => "line";
}

/// <summary>Which columns mean something.</summary>
/// <param name="Path">The images' paths, or the encoded images.</param>
/// <param name="Number">The numbers to add.</param>
/// <param name="Label">The digits that the images show, where that is said.</param>
internal sealed record ColumnRoles(int Path, int Number, int? Label);

/// <summary>A row of a table.</summary>
/// <param name="table">The table.</param>
/// <param name="line">The line that it begins in, or the row, from 1.</param>
/// <param name="flaw">Why it can't be used; <see langword="null"/> where it can.</param>
internal abstract class InputRow(InputTable table, long line, string? flaw)
{
    /// <summary>The table.</summary>
    public InputTable Table { get; } = table;

    /// <summary>The line that it begins in, or the row, from 1.</summary>
    public long Line { get; } = line;

    /// <summary>Why it can't be used; <see langword="null"/> where it can.</summary>
    public string? Flaw { get; } = flaw;

    /// <summary>Whether the row has the encoded image itself, and no path of it.</summary>
    public virtual bool HasImage => false;

    /// <summary>The encoded image; empty where the row has none.</summary>
    public virtual ReadOnlySpan<byte> Image => default;

    /// <summary>The image's path as the table has it; empty where the row has none, or a flaw.</summary>
    public string ImagePath => HasImage ? "" : Field(Table.Roles.Path);

    /// <summary>The number to add as the table has it; empty where the row has a flaw.</summary>
    public string Number => Field(Table.Roles.Number);

    /// <summary>The digit that the image shows, as the table has it; empty where there is no such column or the row has a flaw.</summary>
    public string Label => Table.Roles.Label is { } label ? Field(label) : "";

    /// <summary>Where it is, for a message.</summary>
    public string Place => Table.Place(this);

    /// <summary>The two values that are scored, for a message.</summary>
    public string Description => $"{Shown(Table.Roles.Path)}, {Shown(Table.Roles.Number)}";

    /// <summary>A value as text; empty where there is none.</summary>
    public abstract string Text(int column);

    /// <summary>Whether a value is missing, which is something else than an empty text.</summary>
    public virtual bool IsNull(int column) => false;

    private string Field(int column) => Flaw is null ? Text(column) : "";

    private string Shown(int column)
    {
        string name = ShownText.Of(Table.Columns[column]);
        return column == Table.Roles.Path && HasImage ? $"{name} of {Image.Length} bytes" : $"{name} '{ShownText.Of(Text(column))}'";
    }
}
