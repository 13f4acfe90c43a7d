using Microsoft.ML.Data;
using MnistAdder.Scoring.Csv;

namespace MnistAdder.Scoring.Rows;

/// <summary>The type of the column in which a whole <see cref="CsvRecord"/> passes through the pipeline.</summary>
internal sealed class CsvRecordType : StructuredDataViewType
{
    private CsvRecordType()
        : base(typeof(CsvRecord))
    {
    }

    public static CsvRecordType Instance { get; } = new();

    public override bool Equals(DataViewType? other) => ReferenceEquals(this, other);

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => typeof(CsvRecord).GetHashCode();
}
