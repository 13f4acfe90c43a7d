namespace MnistAdder.OnnxBatching;

/// <summary>A model's tensor and the data view's column that belongs to it.</summary>
/// <param name="Tensor">The tensor's name in the model.</param>
/// <param name="Column">The column's name.</param>
public readonly record struct TensorColumn(string Tensor, string Column)
{
    /// <summary>A tensor and the column of the same name.</summary>
    /// <param name="name">Both names.</param>
    public static implicit operator TensorColumn(string name) => FromString(name);

    /// <summary>A tensor and the column of the same name.</summary>
    /// <param name="name">Both names.</param>
    /// <returns>The pair.</returns>
    public static TensorColumn FromString(string name) => new(name, name);
}
