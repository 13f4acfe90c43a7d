using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Onnx;
using MnistAdder.OnnxBatching.Models;

namespace MnistAdder.OnnxBatching.Columns;

/// <summary>The tensors of a model that a transform reads and gives, and the columns that the latter become: those of stock ML.NET.</summary>
internal sealed class OnnxBinding
{
    private const string StandardSuffix = ".output";

    private OnnxBinding(IReadOnlyList<TensorSignature> inputs, IReadOnlyList<OnnxOutput> outputs)
    {
        Inputs = inputs;
        Outputs = outputs;
    }

    /// <summary>The inputs, with the sizes that the user gave to open dimensions. Columns have their names.</summary>
    public IReadOnlyList<TensorSignature> Inputs { get; }

    /// <summary>The outputs.</summary>
    public IReadOnlyList<OnnxOutput> Outputs { get; }

    /// <summary>Binds a model.</summary>
    /// <param name="session">The model.</param>
    /// <param name="outline">Its graph.</param>
    /// <param name="inputs">Names of the inputs that are fed; all where empty.</param>
    /// <param name="outputs">Names of the outputs that are wanted; all where empty.</param>
    /// <param name="shapes">Sizes for open dimensions, by tensor name.</param>
    /// <exception cref="ArgumentException">The model has no tensor of a name, or a shape doesn't fit the tensor's.</exception>
    /// <exception cref="NotSupportedException">A tensor is of a type that no ML.NET column holds.</exception>
    public static OnnxBinding Create(
        BatchSession session, ModelOutline outline, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs, IReadOnlyDictionary<string, int[]> shapes)
    {
        IReadOnlyList<TensorSignature> allInputs = [.. session.Inputs, .. session.OverridableInitializers];
        foreach ((string name, int[]? shape) in shapes)
        {
            if (shape is null)
                throw new ArgumentException($"{nameof(BatchedOnnxOptions)}.{nameof(BatchedOnnxOptions.Shapes)} has no shape for '{name}'.");
            if (!allInputs.Concat(session.Outputs).Any(tensor => tensor.Name == name))
                throw Unknown(session, "tensor", name, allInputs.Concat(session.Outputs));
        }

        TensorSignature[] fed = [.. (inputs.Count > 0 ? inputs : Used(session.Inputs, ".unusedInput")).Select(name => Find(session, "input", name, allInputs, shapes))];
        fed = [.. fed.Select(input => input with { MayBeEmpty = OpenBatchDimension.IsDeclaredEmpty(outline, input.Name) })];
        foreach (TensorSignature input in fed)
        {
            if (ElementKind.Of(input) is null || input.MapTypes is not null)
                throw new NotSupportedException($"The model's input '{input.Name}' is of type {input}, which no ML.NET column feeds.");
            if (input.Dimensions.Count == 0 && outline.Model?.Graph.Input.FirstOrDefault(value => value.Name == input.Name)?.Type?.TensorType is { Shape: null })
                throw new ArgumentException($"The model says nothing of the dimensions of its input '{input.Name}'; {nameof(BatchedOnnxOptions)}.{nameof(BatchedOnnxOptions.Shapes)} has to.");
        }

        return new OnnxBinding(fed, [.. (outputs.Count > 0 ? outputs : Used(session.Outputs, ".unusedOutput")).Select(name =>
        {
            TensorSignature output = Find(session, "output", name, session.Outputs, shapes);
            if (ElementKind.Of(output) is not { } kind)
                throw new NotSupportedException($"The model's output '{name}' is of type {output}, which no ML.NET column holds.");
            TypeProto.Types.Tensor? declared = outline.Model?.Graph.Output.FirstOrDefault(value => value.Name == name)?.Type?.TensorType;
            return new OnnxOutput(output, ColumnOf(name), TypeOf(kind, output, declared, shapes.GetValueOrDefault(name)), SlotNames(outline, ColumnOf(name)));
        })]);
    }

    /// <summary>
    /// The name that stock ML.NET gives to the column of an output: without the suffix <c>.output</c>, which ML.NET's own exporter gives to
    /// tensors.
    /// </summary>
    public static string ColumnOf(string tensor) =>
        tensor.EndsWith(StandardSuffix, StringComparison.Ordinal) ? tensor.Replace(StandardSuffix, "", StringComparison.Ordinal) : tensor;

    /// <summary>A schema with the outputs' columns behind those of the input.</summary>
    public DataViewSchema Extend(DataViewSchema input)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        foreach (OnnxOutput output in Outputs)
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            if (output.SlotNames is { } names)
                annotations.Add("SlotNames", new VectorDataViewType(TextDataViewType.Instance, names.Length), (ref VBuffer<ReadOnlyMemory<char>> value) => Fill(ref value, names));
            builder.AddColumn(output.Column, output.Type, annotations.ToAnnotations());
        }

        return builder.ToSchema();
    }

    // The inputs and outputs that ML.NET's exporter marks as unused are none to stock ML.NET.
    private static IReadOnlyList<string> Used(IReadOnlyList<TensorSignature> tensors, string suffix) =>
        [.. tensors.Select(tensor => tensor.Name).Where(name => !(name.StartsWith("mlnet.", StringComparison.Ordinal) && name.EndsWith(suffix, StringComparison.Ordinal)))];

    private static TensorSignature Find(BatchSession session, string kind, string name, IReadOnlyList<TensorSignature> all, IReadOnlyDictionary<string, int[]> shapes)
    {
        TensorSignature tensor = all.FirstOrDefault(tensor => tensor.Name == name) ?? throw Unknown(session, kind, name, all);
        return shapes.TryGetValue(name, out int[]? shape) ? tensor.WithShape(shape) : tensor;
    }

    private static ArgumentException Unknown(BatchSession session, string kind, string name, IEnumerable<TensorSignature> known) =>
        new($"The model '{session.Name}' has no {kind} '{name}'; it has {string.Join(", ", known.Select(tensor => $"'{tensor.Name}'"))}.");

    // Stock ML.NET's rule: the first dimension counts as 1 where it is open, and a vector has its dimensions where all are known.
    private static DataViewType TypeOf(ElementKind kind, TensorSignature output, TypeProto.Types.Tensor? declared, int[]? shape)
    {
        if (kind.ItemType is not PrimitiveDataViewType item)
            return kind.ItemType;
        if (declared is { Shape.Dim.Count: 0 })
            return item;
        int[] dimensions = shape ?? (declared?.Shape is { } known
            ? [.. known.Dim.Select(dimension => dimension.HasDimValue ? (int)Math.Clamp(dimension.DimValue, 0, int.MaxValue) : 0)]
            : [.. output.Dimensions]);
        if (dimensions.Length > 0 && dimensions[0] <= 0 && shape is null)
            dimensions[0] = 1;
        if (dimensions.Length == 0 || Array.Exists(dimensions, size => size <= 0))
            return new VectorDataViewType(item);
        if (dimensions.Aggregate(1L, (product, size) => product > Array.MaxLength ? product : product * size) > Array.MaxLength)
            throw new NotSupportedException($"The model's output '{output.Name}' ({output}) has more elements than a vector column holds.");
        return new VectorDataViewType(item, dimensions);
    }

    private static string[]? SlotNames(ModelOutline outline, string column) => outline.Model?.Graph.Node
        .FirstOrDefault(node => node.Name == $"mlnet.{column}.SlotNames")?.Attribute
        .FirstOrDefault(attribute => attribute.Name == "keys_strings")?.Strings.Select(text => text.ToStringUtf8()).ToArray();

    private static void Fill(ref VBuffer<ReadOnlyMemory<char>> value, string[] names)
    {
        VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref value, names.Length);
        for (int i = 0; i < names.Length; i++)
            editor.Values[i] = names[i].AsMemory();
        value = editor.Commit();
    }
}

/// <summary>An output and its column.</summary>
/// <param name="Tensor">The output, with the sizes that the user gave to open dimensions.</param>
/// <param name="Column">The column's name.</param>
/// <param name="Type">The column's type.</param>
/// <param name="SlotNames">The names of a vector's places; null where the model has none.</param>
internal sealed record OnnxOutput(TensorSignature Tensor, string Column, DataViewType Type, string[]? SlotNames);
