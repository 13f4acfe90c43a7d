using Apache.Arrow;
using Apache.Arrow.Types;
using MnistAdder.Scoring.Tables;

namespace MnistAdder.Scoring.Parquet;

/// <summary>A Parquet file of images, or their paths, and numbers.</summary>
internal sealed class ParquetTable : InputTable
{
    /// <summary>The column that is taken for encoded images where there is none of the usual name with their paths.</summary>
    public const string ImageColumn = "image";

    // As the data sets of Hugging Face have it: the encoded image, and its file's name.
    private const string BytesOfStructure = "bytes";

    private readonly ParquetFile _file;
    private readonly Range _rowGroups;
    private readonly Action<long> _read;

    private ParquetTable(ParquetFile file, string name, string? folder, ColumnRoles roles, Range rowGroups, Action<long> read)
        : base(name, folder, [.. file.Types.FieldsList.Select(field => field.Name)], roles)
    {
        _file = file;
        _rowGroups = rowGroups;
        _read = read;
    }

    /// <inheritdoc/>
    public override Schema Types => _file.Types;

    /// <summary>The row groups in their order.</summary>
    public IReadOnlyList<RowGroup> RowGroups => _file.RowGroups;

    /// <inheritdoc/>
    protected override string Counted => "row";

    /// <summary>Reads the header.</summary>
    /// <param name="file">The file; disposed with the table.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="columns">Which columns mean something.</param>
    /// <param name="folder">Where relative image paths begin; null for the working directory.</param>
    /// <param name="rowGroups">Which of them are read; all where it is left out.</param>
    /// <param name="read">Is told bytes that have been read, about.</param>
    /// <exception cref="InvalidDataException">It is no such file, or a column is missing, named twice, or of a type that can't be what it is for.</exception>
    public static ParquetTable Open(Stream file, string name, ColumnNames columns, string? folder, Range? rowGroups = null, Action<long>? read = null)
    {
        var opened = ParquetFile.Open(file, name);
        try
        {
            return new ParquetTable(opened, name, folder, Find(opened.Types, name, columns), rowGroups ?? .., read ?? (_ => { }));
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override bool IsLiteral(int column) => ArrowText.IsLiteral(Types.FieldsList[column].DataType);

    /// <inheritdoc/>
    public override void RequireHeaderOf(InputTable first)
    {
        base.RequireHeaderOf(first);
        foreach ((Field field, Field wanted) in Types.FieldsList.Zip(first.Types.FieldsList))
        {
            if (Describe(field.DataType) is var type && Describe(wanted.DataType) is var other && type != other)
                throw new InvalidDataException($"{Name} has the column '{ShownText.Of(field.Name)}' as {type}, and {first.Name} as {other}; several tables must have one header.");
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<ParquetRow> Rows()
    {
        (int start, int count) = _rowGroups.GetOffsetAndLength(_file.RowGroups.Count);
        long rows = _file.RowGroups.Sum(group => group.Rows);
        long line = 1 + _file.RowGroups.Take(start).Sum(group => group.Rows);
        for (int group = start; group < start + count; group++)
        {
            foreach (RecordBatch batch in _file.Read(group))
            {
                IArrowArray? images = Images(batch.Column(Roles.Path));
                for (int i = 0; i < batch.Length; i++)
                    yield return new ParquetRow(this, line++, batch, images, i);
                _read((long)(_file.Bytes * ((double)batch.Length / rows)));
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _file.Dispose();

    private static ColumnRoles Find(Schema types, string name, ColumnNames columns)
    {
        string[] names = [.. types.FieldsList.Select(field => field.Name)];
        if (names.GroupBy(column => column).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new InvalidDataException($"{name} has the column '{ShownText.Of(twice.Key)}' twice.");
        if (columns.Path == ColumnNames.Usual.Path && ColumnNames.Matches(names, columns.Path).Length == 0 && ColumnNames.Matches(names, ImageColumn).Length > 0)
            columns = columns with { Path = ImageColumn };
        ColumnRoles roles = columns.FindIn(names, name, ShownText.Of(names), "");

        IArrowType path = types.FieldsList[roles.Path].DataType;
        if (!ArrowText.IsText(path) && !HoldsImages(path))
            throw new InvalidDataException($"{name} has the column '{ShownText.Of(names[roles.Path])}' as {Describe(path)}; images are texts that are their paths, or bytes that are encoded images.");
        foreach (int column in new[] { roles.Number, roles.Label ?? roles.Number })
        {
            if (types.FieldsList[column].DataType is var type && (!ArrowText.Has(type) || ArrowText.IsBytes(type)))
                throw new InvalidDataException($"{name} has the column '{ShownText.Of(names[column])}' as {Describe(type)}; it must be numbers, or texts that are such.");
        }

        return roles;
    }

    private static bool HoldsImages(IArrowType type) =>
        ArrowText.IsBytes(type) || (type is StructType structure && structure.GetFieldByName(BytesOfStructure) is { } bytes && ArrowText.IsBytes(bytes.DataType));

    private static IArrowArray? Images(IArrowArray column) => column switch
    {
        StructArray structure => structure.Fields[((StructType)structure.Data.DataType).GetFieldIndex(BytesOfStructure)],
        _ when ArrowText.IsBytes(column.Data.DataType) => column,
        _ => null,
    };

    /// <summary>A type in words.</summary>
    public static string Describe(IArrowType type) => type switch
    {
        StructType structure => $"struct of {string.Join(", ", structure.Fields.Select(field => $"{ShownText.Of(field.Name)} {Describe(field.DataType)}"))}",
        ListType list => $"list of {Describe(list.ValueDataType)}",
        TimestampType time => $"timestamp in {time.Unit.ToString().ToLowerInvariant()}s{(string.IsNullOrEmpty(time.Timezone) ? "" : " of " + time.Timezone)}",
        Decimal128Type number => $"decimal({number.Precision}, {number.Scale})",
        FixedSizeBinaryType bytes => $"{bytes.ByteWidth} bytes",
        _ => type.Name,
    };
}

/// <summary>A row of a Parquet file.</summary>
/// <param name="table">The table.</param>
/// <param name="line">The row, from 1.</param>
/// <param name="batch">What it is in.</param>
/// <param name="images">The encoded images of the batch, where it has such.</param>
/// <param name="index">The row in the batch.</param>
internal sealed class ParquetRow(ParquetTable table, long line, RecordBatch batch, IArrowArray? images, int index) : InputRow(table, line, flaw: null)
{
    /// <summary>What it is in.</summary>
    public RecordBatch Batch => batch;

    /// <summary>The row in the batch.</summary>
    public int Index => index;

    /// <inheritdoc/>
    public override bool HasImage => images is not null;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Image => ArrowText.Bytes(images!, index);

    /// <inheritdoc/>
    public override string Text(int column) => ArrowText.Of(batch.Schema.FieldsList[column], batch.Column(column), index);

    /// <inheritdoc/>
    public override bool IsNull(int column) => batch.Column(column).IsNull(index);
}
