using Google.Protobuf;
using MnistAdder.Onnx;

namespace MnistAdder.OnnxBatching.Models;

/// <summary>
/// Models whose tensors have the size 0 where they mean any number of rows, as some exporters wrote them. ONNX Runtime takes the 0 for
/// a size that nothing but an empty tensor fits. Opened, the dimension takes that as well as rows.
/// </summary>
internal static class OpenBatchDimension
{
    private const string Name = "batch";

    /// <summary>Whether an input has to be opened: its first dimension of several is declared 0, and no other one.</summary>
    public static bool IsNeeded(ModelOutline outline) => outline.HasEmptyInputs && outline.Model?.Graph.Input.Any(IsEmpty) == true;

    /// <summary>Whether an input is such a one.</summary>
    public static bool IsDeclaredEmpty(ModelOutline outline, string input) => IsNeeded(outline) && outline.Model!.Graph.Input.Any(value => value.Name == input && IsEmpty(value));

    /// <summary>Opens the first dimension of all inputs and outputs that declare it 0.</summary>
    /// <param name="model">The contents of an ONNX file.</param>
    /// <param name="outline">Its outline.</param>
    /// <returns>Those of the changed file; the argument itself where there is nothing to change.</returns>
    public static byte[] In(byte[] model, ModelOutline outline)
    {
        if (!IsNeeded(outline))
            return model;
        var parsed = ModelProto.Parser.ParseFrom(model);
        foreach (ValueInfoProto value in parsed.Graph.Input.Concat(parsed.Graph.Output).Where(IsEmpty))
            value.Type.TensorType.Shape.Dim[0].DimParam = Name;
        // What the file states of values in between follows from the inputs.
        parsed.Graph.ValueInfo.Clear();
        return parsed.ToByteArray();
    }

    private static bool IsEmpty(ValueInfoProto value) => value.Type?.TensorType?.Shape is { Dim: [{ HasDimValue: true, DimValue: 0 }, _, ..] } shape
        && shape.Dim.Skip(1).All(dimension => !dimension.HasDimValue || dimension.DimValue > 0);
}
