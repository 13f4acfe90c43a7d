using System.Reflection;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>A dimension of inputs whose size isn't fixed.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Size">The size that the examples have.</param>
internal sealed record InputDimension(string Name, long Size);

/// <summary>A tensor among a module's inputs.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Example">An example.</param>
/// <param name="Dynamic">For each axis the number of the dynamic dimension that it is; null where its size is fixed.</param>
internal sealed record InputTensor(string Name, Tensor Example, int?[] Dynamic);

/// <summary>What a module is run with: its method, example arguments, and which of their dimensions may have other sizes.</summary>
internal sealed class ModuleInputs
{
    private readonly object?[] _arguments;

    private ModuleInputs(MethodInfo method, MethodInfo forward, object?[] arguments, IReadOnlyList<InputTensor> tensors, IReadOnlyList<InputDimension> dimensions)
    {
        Method = method;
        Forward = forward;
        _arguments = arguments;
        Tensors = tensors;
        Dimensions = dimensions;
    }

    /// <summary>The module's method <c>call</c>, or its <c>forward</c> where it has no other.</summary>
    public MethodInfo Method { get; }

    /// <summary>The module's method <c>forward</c>, whose declaration has names.</summary>
    public MethodInfo Forward { get; }

    /// <summary>The tensors, in the order of the arguments.</summary>
    public IReadOnlyList<InputTensor> Tensors { get; }

    /// <summary>The dynamic dimensions.</summary>
    public IReadOnlyList<InputDimension> Dimensions { get; }

    /// <summary>Finds out what a module is run with.</summary>
    /// <exception cref="ArgumentException">The examples don't fit the module's parameters, or its options the examples.</exception>
    public static ModuleInputs Of(nn.Module module, IReadOnlyList<object?> examples, OnnxTraceOptions options)
    {
        (MethodInfo method, MethodInfo forward) = MethodsOf(module, examples);
        ParameterInfo[] named = forward.GetParameters();
        object?[] arguments = [.. named.Select((parameter, i) => i < examples.Count ? examples[i] : parameter.DefaultValue)]; // call has no defaults
        (string Name, Tensor Tensor)[] tensors = [.. named.SelectMany((parameter, i) => TensorNames.Of(arguments[i], parameter.Name!, TupleNames.Of(parameter)))];
        if (options.InputNames is { } names)
        {
            if (names.Count != tensors.Length)
                throw new ArgumentException($"There are {tensors.Length} tensors among the inputs and {names.Count} names for them.", nameof(options));
            tensors = [.. tensors.Zip(names, (tensor, name) => (name, tensor.Tensor))];
        }

        (List<InputDimension> dimensions, List<int?[]> dynamic) = DimensionsOf(tensors, options);
        return new ModuleInputs(method, forward, arguments, [.. tensors.Select((tensor, i) => new InputTensor(tensor.Name, tensor.Tensor, dynamic[i]))], dimensions);
    }

    /// <summary>The arguments with other sizes of the dynamic dimensions; larger ones repeat what the examples have.</summary>
    /// <param name="sizes">For each dynamic dimension its size.</param>
    public object?[] Resized(IReadOnlyList<long> sizes)
    {
        int next = 0;
        return [.. _arguments.Select(argument => TensorTree.Map(argument, value => value is Tensor ? Resized(Tensors[next++], sizes) : value))];
    }

    /// <summary>The same with random contents: integers between the least and the greatest that the example has, and any other numbers.</summary>
    /// <param name="sizes">For each dynamic dimension its size.</param>
    public object?[] Random(IReadOnlyList<long> sizes)
    {
        using var generator = new Generator(1); // the program's own goes on as if nothing had been drawn
        return [.. Resized(sizes).Select(argument => TensorTree.Map(argument, value => value is Tensor tensor && tensor.numel() > 0 ? Random(tensor, generator) : value))];
    }

    private static Tensor Random(Tensor tensor, Generator generator)
    {
        if (tensor.is_floating_point())
            return randn(tensor.shape, generator: generator).to(tensor.dtype, tensor.device);
        if (tensor.dtype == ScalarType.Bool)
            return randint(2, tensor.shape, generator: generator).to(tensor.dtype, tensor.device);
        return tensor.is_integral()
            ? randint(Number(tensor.min()), Number(tensor.max()) + 1, tensor.shape, generator: generator).to(tensor.dtype, tensor.device)
            : tensor;
    }

    private static long Number(Tensor tensor) => tensor.to(ScalarType.Int64).item<long>();

    private static Tensor Resized(InputTensor input, IReadOnlyList<long> sizes)
    {
        Tensor resized = input.Example.clone();
        for (int axis = 0; axis < input.Dynamic.Length; axis++)
        {
            if (input.Dynamic[axis] is not { } dimension || sizes[dimension] == resized.shape[axis])
                continue;
            using Tensor numbers = arange(sizes[dimension], ScalarType.Int64, resized.device);
            using Tensor repeated = numbers.remainder(resized.shape[axis]);
            resized = resized.index_select(axis, repeated);
        }

        return resized;
    }

    private static (MethodInfo Call, MethodInfo Forward) MethodsOf(nn.Module module, IReadOnlyList<object?> examples)
    {
        Type type = module.GetType();
        MethodInfo? forward = Best(type, "forward", examples) ?? throw new ArgumentException(
            $"{type.Name} has no method forward that takes {Described(examples)}.", nameof(examples));
        Type[] types = [.. forward.GetParameters().Select(parameter => parameter.ParameterType)];
        MethodInfo? call = type.GetMethod("call", BindingFlags.Instance | BindingFlags.Public, types);
        return (call ?? forward, forward);
    }

    private static MethodInfo? Best(Type type, string name, IReadOnlyList<object?> examples) => type
        .GetMethods(BindingFlags.Instance | BindingFlags.Public)
        .Where(method => method.Name == name && Takes(method.GetParameters(), examples))
        .OrderBy(method => method.GetParameters().Length)
        .ThenByDescending(method => Depth(method.DeclaringType))
        .FirstOrDefault();

    private static int Depth(Type? type) => type is null ? 0 : 1 + Depth(type.BaseType);

    private static bool Takes(ParameterInfo[] parameters, IReadOnlyList<object?> examples) =>
        parameters.Length >= examples.Count
        && parameters.Skip(examples.Count).All(parameter => parameter.HasDefaultValue)
        && examples.Zip(parameters).All(pair => pair.First is { } example
            ? pair.Second.ParameterType.IsInstanceOfType(example)
            : !pair.Second.ParameterType.IsValueType || Nullable.GetUnderlyingType(pair.Second.ParameterType) is not null);

    private static string Described(IReadOnlyList<object?> examples) => $"({string.Join(", ", examples.Select(example => example?.GetType().Name ?? "null"))})";

    private static (List<InputDimension> Dimensions, List<int?[]> Dynamic) DimensionsOf((string Name, Tensor Tensor)[] tensors, OnnxTraceOptions options)
    {
        var dimensions = new List<InputDimension>();
        List<int?[]> dynamic = [.. tensors.Select(tensor => new int?[tensor.Tensor.dim()])];
        IReadOnlyList<OnnxDynamicDimension> asked = options.DynamicDimensions
            ?? [.. tensors.Where(tensor => tensor.Tensor.dim() > 0).Select(tensor => new OnnxDynamicDimension(tensor.Name, 0, OnnxTraceOptions.Batch))];
        foreach (OnnxDynamicDimension dimension in asked)
        {
            int input = Array.FindIndex(tensors, tensor => tensor.Name == dimension.Input);
            if (input < 0)
                throw new ArgumentException($"There is no input '{dimension.Input}'; there are {string.Join(", ", tensors.Select(tensor => tensor.Name))}.", nameof(options));
            int axis = dimension.Axis < 0 ? dimension.Axis + dynamic[input].Length : dimension.Axis;
            if (axis < 0 || axis >= dynamic[input].Length)
                throw new ArgumentException($"Input '{dimension.Input}' has no axis {dimension.Axis}.", nameof(options));
            long size = tensors[input].Tensor.shape[axis];
            int known = dimensions.FindIndex(other => other.Name == dimension.Name);
            if (known >= 0 && dimensions[known].Size != size)
            {
                throw new ArgumentException(
                    $"The examples differ in the size of '{dimension.Name}': {dimensions[known].Size} and, in '{dimension.Input}', {size}. "
                    + $"Give examples of one size, or say in {nameof(OnnxTraceOptions)}.{nameof(OnnxTraceOptions.DynamicDimensions)} which dimensions are which.",
                    nameof(options));
            }

            if (known < 0)
            {
                known = dimensions.Count;
                dimensions.Add(new InputDimension(dimension.Name, size));
            }

            dynamic[input][axis] = known;
        }

        return (dimensions, dynamic);
    }
}
