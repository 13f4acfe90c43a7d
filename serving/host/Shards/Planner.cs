using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Rows;
using MnistAdder.Scoring.Tables;

namespace MnistAdder.Scoring.Shards;

/// <summary>Makes plans: reads tables once, finds the records in them and deals these out.</summary>
internal sealed class Planner
{
    private const int BlockSize = 1 << 20;

    private readonly ScoringSettings _settings;
    private readonly string[] _paths;
    private readonly ShardCuts _cuts;
    private long _bytesRead;

    /// <summary>Takes tables.</summary>
    /// <param name="paths">The tables.</param>
    /// <param name="shards">How many tasks will score them.</param>
    /// <param name="segmentRows">Rows of a segment.</param>
    /// <param name="settings">What makes results what they are.</param>
    /// <exception cref="IOException">One can't be read.</exception>
    /// <exception cref="InvalidDataException">One is no regular file, whose bytes could be asked for again.</exception>
    public Planner(IReadOnlyList<string> paths, int shards, int segmentRows, ScoringSettings settings)
    {
        _settings = settings;
        _paths = [.. paths];
        if (_paths.Contains(InputFile.Standard))
            throw new InvalidDataException("Standard input can't be planned, since every task reads its part of the file by itself: write it into a file first.");
        if (_paths.FirstOrDefault(path => FileStatus.Of(path).Kind is FileKind.Other or FileKind.Folder) is { } other)
            throw new InvalidDataException($"The input '{other}' can't be planned: it is no regular file.");
        Files = [.. _paths.Select(PlannedFile.Of)];
        Length = Files.Sum(file => file.Size);
        _cuts = new ShardCuts([.. Files.Select(file => file.Size)], shards, segmentRows);
    }

    /// <summary>The tables' files.</summary>
    public IReadOnlyList<PlannedFile> Files { get; }

    /// <summary>Bytes of all tables.</summary>
    public long Length { get; }

    /// <summary>How much of them has been read; for any thread.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>Reads the tables.</summary>
    /// <param name="program">The program's version.</param>
    /// <param name="model">The model.</param>
    /// <param name="stop">Stops it.</param>
    /// <exception cref="InvalidDataException">Where records end can't be told, headers differ, or a file is being written.</exception>
    public ScoringPlan Plan(string program, PlannedModel model, CancellationToken stop)
    {
        var tables = new List<PlannedTable>();
        for (int input = 0; input < Files.Count; input++)
        {
            tables.Add(Scan(input, stop));
            TableSource.RequireOneHeader(_paths[input], tables[input].Columns, _paths[0], tables[0].Columns);
            Files[input].RequireUnchanged();
        }

        return new ScoringPlan(program, model, _settings, tables, _cuts.Shards);
    }

    private PlannedTable Scan(int input, CancellationToken stop)
    {
        string name = _paths[input];
        using var file = (FileStream)InputFile.Open(name, stop);
        using CsvTable table = CsvTable.Open(OpenText(file, name), name, _settings.Columns);
        file.Position = table.Position;
        var scanner = new RecordScanner(name, input, table.Delimiter, table.Position, table.Line, _cuts);
        byte[] block = new byte[BlockSize];
        for (int read; (read = file.Read(block)) > 0; Interlocked.Add(ref _bytesRead, read))
        {
            stop.ThrowIfCancellationRequested();
            scanner.Scan(block.AsSpan(0, read));
        }

        scanner.Complete();
        return new PlannedTable(name, Files[input], table.Columns, table.Roles, table.Delimiter);
    }

    private static CsvReader OpenText(FileStream file, string name)
    {
        var counted = new CountedInput(file);
        string? kind = counted.Beginning.StartsWith(GzipInput.Magic) ? "is compressed with gzip; decompress it first (gunzip -k)"
            : Utf16Input.IsMeant(counted.Beginning, out _) ? "is in UTF-16; convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)"
            : null;
        return kind is null
            ? InputText.Read(counted, name)
            : throw new InvalidDataException($"{name} {kind}: a plan is of places in the file that every task can go to.");
    }
}
