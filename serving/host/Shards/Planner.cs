using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Output;
using MnistAdder.Scoring.Parquet;
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
        InputTable? first = null;
        for (int input = 0; input < Files.Count; input++)
        {
            using FileStream file = (FileStream)InputFile.Open(_paths[input], stop);
            using InputTable table = ParquetFile.IsMeant(_paths[input]) ? Cut(input, file) : Scan(input, file, stop);
            first ??= table;
            table.RequireHeaderOf(first);
            _settings.Format.RequireForms(_paths[input], _settings.OutputColumns(_paths[input], table.Columns), table);
            tables.Add(new PlannedTable(_paths[input], Files[input], table.Columns, table.Roles, (table as CsvTable)?.Delimiter));
            Files[input].RequireUnchanged();
        }

        return new ScoringPlan(program, model, _settings, tables, _cuts.Shards);
    }

    // By whole row groups: to skip rows of one, a task would have to read them.
    private ParquetTable Cut(int input, FileStream file)
    {
        string footer = ParquetFooter.Hash(file, _paths[input]);
        var table = ParquetTable.Open(file, _paths[input], _settings.Columns, folder: null);
        double bytes = 0, all = table.RowGroups.Sum(group => group.Bytes);
        long line = 1, startLine = 1, rows = 0;
        int start = 0;
        for (int group = 0; group < table.RowGroups.Count; group++)
        {
            long offset = (long)(bytes / all * file.Length); // about, since what a row group takes in the file isn't said
            if (rows > 0 && _cuts.IsDue(rows, input, offset))
                EndSegment(group);
            if (rows == 0)
            {
                _cuts.MoveTo(input, offset);
                (start, startLine) = (group, line);
            }

            rows += table.RowGroups[group].Rows;
            line += table.RowGroups[group].Rows;
            bytes += table.RowGroups[group].Bytes;
        }

        EndSegment(table.RowGroups.Count);
        Interlocked.Add(ref _bytesRead, file.Length);
        return table;

        void EndSegment(int end)
        {
            if (rows > 0)
                _cuts.Add(new Segment(input, start, end - start, startLine, rows, footer));
            rows = 0;
        }
    }

    private CsvTable Scan(int input, FileStream file, CancellationToken stop)
    {
        string name = _paths[input];
        CsvTable table = CsvTable.Open(OpenText(file, name), name, _settings.Columns);
        file.Position = table.Position;
        var scanner = new RecordScanner(name, input, table.Delimiter, table.Position, table.Line, _cuts);
        byte[] block = new byte[BlockSize];
        for (int read; (read = file.Read(block)) > 0; Interlocked.Add(ref _bytesRead, read))
        {
            stop.ThrowIfCancellationRequested();
            scanner.Scan(block.AsSpan(0, read));
        }

        scanner.Complete();
        return table;
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
