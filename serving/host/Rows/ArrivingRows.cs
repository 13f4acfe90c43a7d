using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Scoring.Csv;

namespace MnistAdder.Scoring.Rows;

/// <summary>
/// Rows as a data view while they arrive. It is read by one cursor after the other: each begins where the one before has ended, and
/// ends when no row has come for a moment, so that what has been read is scored and written while the input pauses.
/// </summary>
/// <param name="feed">The rows; <see cref="RowFeed.IsEnded"/> says whether another cursor would find any.</param>
internal sealed class ArrivingRows(RowFeed feed) : IDataView
{
    /// <summary>The image's path, text.</summary>
    public const string ImagePath = "ImagePath";

    /// <summary>The number to add, text as the file has it.</summary>
    public const string Number = "Number";

    /// <summary>The row itself, for whoever writes the results.</summary>
    public const string Row = "Row";

    /// <inheritdoc/>
    public bool CanShuffle => false;

    /// <inheritdoc/>
    public DataViewSchema Schema { get; } = CreateSchema();

    /// <inheritdoc/>
    public long? GetRowCount() => null;

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(Schema, feed, [.. columnsNeeded.Select(column => column.Index)]);

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private static DataViewSchema CreateSchema()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(ImagePath, TextDataViewType.Instance);
        builder.AddColumn(Number, TextDataViewType.Instance);
        builder.AddColumn(Row, RecordType.Instance);
        return builder.ToSchema();
    }

    private sealed class Cursor(DataViewSchema schema, RowFeed feed, HashSet<int> active) : DataViewRowCursor
    {
        private CsvRecord? _row;
        private long _position = -1;
        private bool _ended;

        public override DataViewSchema Schema => schema;

        public override long Position => _ended ? -1 : _position;

        public override long Batch => 0;

        private CsvRecord Current => _row ?? throw new InvalidOperationException("The cursor stands before its first row or behind its last one.");

        public override bool MoveNext()
        {
            if (_ended)
                return false;
            _row = feed.Take(patiently: _position < 0);
            _position++;
            _ended = _row is null;
            return !_ended;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)Position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!IsColumnActive(column))
                throw new ArgumentException($"Column '{column.Name}' isn't active in this cursor.", nameof(column));
            return Getter(column.Name) as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"Column '{column.Name}' holds {column.Type.RawType}, not {typeof(TValue)}.");
        }

        private Delegate Getter(string column) => column switch
        {
            ImagePath => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = feed.Table.ImagePath(Current).AsMemory()),
            Number => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = feed.Table.Number(Current).AsMemory()),
            _ => (ValueGetter<CsvRecord>)((ref CsvRecord value) => value = Current),
        };
    }

    // The type of the column in which a whole record passes through the pipeline.
    private sealed class RecordType : StructuredDataViewType
    {
        private RecordType()
            : base(typeof(CsvRecord))
        {
        }

        public static RecordType Instance { get; } = new();

        public override bool Equals(DataViewType? other) => ReferenceEquals(this, other);

        public override bool Equals(object? obj) => ReferenceEquals(this, obj);

        public override int GetHashCode() => typeof(CsvRecord).GetHashCode();
    }
}
