using Apache.Arrow;
using MnistAdder.Scoring.Parquet;

namespace MnistAdder.Scoring.Output;

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    /// <summary>A table with a header, RFC 4180.</summary>
    Csv,

    /// <summary>A JSON object in each line.</summary>
    Jsonl,

    /// <summary>Apache Parquet.</summary>
    Parquet,
}

/// <summary>What each format is written by.</summary>
internal static class OutputFormats
{
    /// <summary>The format that a file's name asks for: Parquet where it ends so, else CSV.</summary>
    public static OutputFormat Of(string output) =>
        output.EndsWith(ParquetFile.Extension, StringComparison.OrdinalIgnoreCase) ? OutputFormat.Parquet : OutputFormat.Csv;

    /// <summary>The ending of a file's name.</summary>
    public static string Extension(this OutputFormat format) => format switch
    {
        OutputFormat.Jsonl => ".jsonl",
        OutputFormat.Parquet => ParquetFile.Extension,
        _ => ".csv",
    };

    /// <summary>What writes rows.</summary>
    /// <param name="format">The format.</param>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="types">Gives the input's columns with their types, where they are wanted.</param>
    /// <param name="withHeader">Whether a text begins with the columns' names.</param>
    public static IRowWriter Writer(this OutputFormat format, Stream output, OutputColumns columns, Func<Schema> types, bool withHeader = true) => format switch
    {
        OutputFormat.Jsonl => new JsonRowWriter(output, columns),
        OutputFormat.Parquet => new ParquetRowWriter(output, columns, types()),
        _ => new CsvRowWriter(output, columns, withHeader),
    };

    /// <summary>What joins files of rows.</summary>
    /// <param name="format">The format.</param>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="types">Gives the input's columns with their types, where there is no file to join that has them.</param>
    public static ResultJoin Join(this OutputFormat format, Stream output, OutputColumns columns, Func<Schema> types) =>
        format == OutputFormat.Parquet ? new ParquetJoin(output, columns, types) : new TextJoin(output, columns, format);

    /// <summary>Makes sure that a format has forms for columns.</summary>
    /// <exception cref="InvalidDataException">It hasn't.</exception>
    public static void RequireForms(this OutputFormat format, string file, OutputColumns columns, Tables.InputTable table)
    {
        if (format == OutputFormat.Parquet || table is not ParquetTable)
            return;
        foreach (int column in columns.Kept)
        {
            if (table.Types.FieldsList[column] is var field && !ArrowText.Has(field.DataType))
                throw new InvalidDataException($"{file} has the column '{field.Name}' as {ParquetTable.Describe(field.DataType)}, which {format.ToString().ToUpperInvariant()} has no form for; --omit {field.Name} leaves it out, and --format parquet takes it.");
        }
    }
}
