using Microsoft.ML.Data;
using MnistAdder.Scoring.Csv;

namespace MnistAdder.Scoring.Rows;

/// <summary>The type of the column in which a whole <see cref="InputRow"/> passes through the pipeline.</summary>
internal sealed class InputRowType : StructuredDataViewType
{
    private InputRowType()
        : base(typeof(InputRow))
    {
    }

    public static InputRowType Instance { get; } = new();

    public override bool Equals(DataViewType? other) => ReferenceEquals(this, other);

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => typeof(InputRow).GetHashCode();
}
