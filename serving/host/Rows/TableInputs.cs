using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Parquet;
using MnistAdder.Scoring.Tables;

namespace MnistAdder.Scoring.Rows;

/// <summary>The tables that are scored one after the other, each opened when its turn comes.</summary>
internal sealed class TableInputs
{
    private long _bytesBefore;
    private CountedInput? _current;

    private TableInputs()
    {
    }

    /// <summary>The tables in their order.</summary>
    public required IReadOnlyList<TableSource> Sources { get; init; }

    /// <summary>Bytes of all together; null where that isn't known.</summary>
    public required long? Length { get; init; }

    /// <summary>How much of them has been read; for any thread.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesBefore) + (Volatile.Read(ref _current)?.BytesRead ?? 0);

    /// <summary>Takes files, and finds what can be found wrong with them before any work is done.</summary>
    /// <param name="paths">At least one; standard input alone.</param>
    /// <param name="root">Where relative image paths begin; null for the folder of each file.</param>
    /// <param name="columns">How they are read.</param>
    /// <param name="stop">Ends the waiting for somebody who writes into a named pipe.</param>
    /// <exception cref="InvalidOperationException">Standard input is one of several.</exception>
    /// <exception cref="IOException">One can't be read.</exception>
    /// <exception cref="InvalidDataException">Their headers differ, or one has none.</exception>
    public static TableInputs Open(IReadOnlyList<string> paths, string? root, ColumnNames columns, CancellationToken stop)
    {
        if (paths.Count > 1 && paths.Contains(InputFile.Standard))
            throw new InvalidOperationException("- is standard input, which is read alone.");
        Stream? first = InputFile.Open(paths[0], stop);
        string[] others = [.. paths.Skip(1)];
        if (others.Length > 0)
            RequireOneHeader(paths, columns, stop);
        bool areFiles = first.CanSeek && others.All(path => FileStatus.Of(path).Kind == FileKind.Regular);
        TableInputs tables = null!;
        TableSource Source(string path) => new(InputFile.Name(path), waiting =>
        {
            Stream stream = Interlocked.Exchange(ref first, null) ?? InputFile.Open(path, stop);
            return tables.Open(stream, path, waiting, columns, root ?? InputFile.Folder(path));
        });
        tables = new TableInputs { Sources = [.. paths.Select(Source)], Length = areFiles ? first.Length + others.Sum(path => new FileInfo(path).Length) : null };
        return tables;
    }

    /// <summary>Takes pictures that the user named.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="name">What messages call them.</param>
    /// <param name="columns">The columns' names.</param>
    /// <param name="number">What is added to each.</param>
    public static TableInputs Of(PictureList pictures, string name, ColumnNames columns, int number)
    {
        Stream csv = pictures.ToCsv(columns.Path, columns.Number, number);
        TableInputs tables = null!;
        tables = new TableInputs { Sources = [new TableSource(name, waiting => tables.OpenText(csv, waiting, name, columns with { Delimiter = ',' }, folder: null, isListed: true))], Length = csv.Length };
        return tables;
    }

    // Of those that can be read twice; else when its turn comes.
    private static void RequireOneHeader(IReadOnlyList<string> paths, ColumnNames columns, CancellationToken stop)
    {
        var apart = new TableInputs { Sources = [], Length = null };
        InputTable? first = null;
        foreach (string path in paths.Where(path => FileStatus.Of(path).Kind != FileKind.Other))
        {
            using InputTable table = apart.Open(InputFile.Open(path, stop), path, () => { }, columns, folder: null);
            first ??= table;
            table.RequireHeaderOf(first);
        }
    }

    private InputTable Open(Stream stream, string path, Action waiting, ColumnNames columns, string? folder) => ParquetFile.IsMeant(path)
        ? ParquetTable.Open(stream, InputFile.Name(path), columns, folder, read: bytes => Interlocked.Add(ref _bytesBefore, bytes))
        : OpenText(stream, waiting, InputFile.Name(path), columns, folder, isListed: false);

    private CsvTable OpenText(Stream stream, Action waiting, string name, ColumnNames columns, string? folder, bool isListed)
    {
        var counted = new CountedInput(stream);
        if (Volatile.Read(ref _current) is { } last)
            Interlocked.Add(ref _bytesBefore, last.BytesRead);
        Volatile.Write(ref _current, counted);
        return CsvTable.Open(InputText.Read(counted, name, waiting), name, columns, folder, isListed);
    }
}
