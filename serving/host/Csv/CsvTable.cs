using Apache.Arrow;
using Apache.Arrow.Types;
using MnistAdder.Scoring.Tables;

namespace MnistAdder.Scoring.Csv;

/// <summary>A CSV file of image paths and numbers.</summary>
internal sealed class CsvTable : InputTable
{
    private readonly CsvReader _reader;

    /// <summary>Takes rows from the middle of a file, of which the header is known.</summary>
    /// <param name="reader">The rows, with their line and delimiter set; disposed with the table.</param>
    /// <param name="name">What messages call the file; null where the rows are pictures that the user named.</param>
    /// <param name="folder">Where relative image paths begin; null for the working directory.</param>
    /// <param name="columns">The header.</param>
    /// <param name="roles">Which columns mean something.</param>
    public CsvTable(CsvReader reader, string? name, string? folder, IReadOnlyList<string> columns, ColumnRoles roles)
        : base(name, folder, columns, roles) => _reader = reader;

    /// <inheritdoc/>
    /// <remarks>Texts, but for the numbers to add.</remarks>
    public override Schema Types => TypesOf(Columns, Roles);

    /// <summary>What stands between fields.</summary>
    public char Delimiter => _reader.Delimiter;

    /// <summary>The byte of the file that is read next, from 0: after <see cref="Open"/> the end of the header.</summary>
    public long Position => _reader.Position;

    /// <summary>The line that it is in, from 1.</summary>
    public long Line => _reader.Line;

    /// <summary>Reads the header.</summary>
    /// <param name="reader">The file; disposed with the table.</param>
    /// <param name="name">What messages call the file.</param>
    /// <param name="columns">Which columns mean something, and what separates them; null for the usual.</param>
    /// <param name="folder">Where relative image paths begin; null for the working directory.</param>
    /// <param name="isListed">Whether no file has the rows, but the user named the images: they have no lines.</param>
    /// <exception cref="InvalidDataException">The header is missing or malformed, or a column is missing or named twice.</exception>
    public static CsvTable Open(CsvReader reader, string name, ColumnNames? columns = null, string? folder = null, bool isListed = false)
    {
        columns ??= ColumnNames.Usual;
        try
        {
            var header = InputHeader.Read(reader, name, columns.Delimiter, columns.Path, columns.Number);
            return new CsvTable(reader, isListed ? null : name, folder, header.Columns, header.Find(columns));
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>The types of a text's columns: texts, but for the numbers to add.</summary>
    public static Schema TypesOf(IReadOnlyList<string> columns, ColumnRoles roles) =>
        new([.. columns.Select((column, index) => new Field(column, index == roles.Number ? Int64Type.Default : StringType.Default, nullable: true))], null);

    /// <inheritdoc/>
    public override bool IsLiteral(int column) => false;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">A quote is never closed, or a record is too long or has too many fields.</exception>
    public override IEnumerable<TextRow> Rows()
    {
        while (_reader.TryRead(out CsvRecord? record))
            yield return record.Fields.Length == Columns.Count ? new TextRow(this, record.Line, record.Fields, record.Flaw) : OfOtherLength(record);
    }

    /// <inheritdoc/>
    public override void Dispose() => _reader.Dispose();

    private TextRow OfOtherLength(CsvRecord record)
    {
        string[] fields = record.Fields;
        return new TextRow(
            this,
            record.Line,
            [.. Columns.Select((_, index) => index < fields.Length ? fields[index] : "")],
            record.Flaw ?? $"the row has {fields.Length} {(fields.Length == 1 ? "field" : "fields")} instead of {Columns.Count}");
    }
}

/// <summary>A row of texts.</summary>
/// <param name="table">The table.</param>
/// <param name="line">The line that it begins in, from 1.</param>
/// <param name="fields">Its values, as many as there are columns.</param>
/// <param name="flaw">Why it can't be used; <see langword="null"/> where it can.</param>
internal sealed class TextRow(InputTable table, long line, string[] fields, string? flaw) : InputRow(table, line, flaw)
{
    /// <summary>Its values, as many as there are columns.</summary>
    public IReadOnlyList<string> Fields => fields;

    /// <inheritdoc/>
    public override string Text(int column) => fields[column];
}
