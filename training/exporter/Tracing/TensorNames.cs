using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>The names that tuple elements have in the source, in the order in which the compiler writes them down.</summary>
internal sealed class TupleNames
{
    private readonly Queue<string?> _names;

    private TupleNames(IEnumerable<string?> names) => _names = new Queue<string?>(names);

    /// <summary>Those of a parameter, or of a method's result.</summary>
    public static TupleNames Of(ParameterInfo parameter) => new(parameter.GetCustomAttribute<TupleElementNamesAttribute>()?.TransformNames ?? []);

    /// <summary>The next tuple's.</summary>
    /// <param name="count">How many elements it has.</param>
    public string?[] Take(int count) => [.. Enumerable.Range(0, count).Select(_ => _names.TryDequeue(out string? name) ? name : null)];
}

/// <summary>Names for the tensors in what a method takes or gives.</summary>
internal static class TensorNames
{
    /// <summary>Each tensor with its name: the parameter's, with an element's name, key or number behind it.</summary>
    /// <param name="value">What holds the tensors.</param>
    /// <param name="name">The name of it all; empty where elements' names are enough.</param>
    /// <param name="tuples">The names of tuple elements.</param>
    public static IEnumerable<(string Name, Tensor Tensor)> Of(object? value, string name, TupleNames tuples) =>
        Parts(value, name, tuples).Where(part => part.Tensor is not null).Select(part => (part.Name, part.Tensor!));

    /// <summary>The names of what stands beside tensors and is none; what is absent has none.</summary>
    /// <inheritdoc cref="Of"/>
    public static IEnumerable<string> OfOthers(object? value, string name, TupleNames tuples) =>
        Parts(value, name, tuples).Where(part => part.Tensor is null).Select(part => part.Name);

    private static IEnumerable<(string Name, Tensor? Tensor)> Parts(object? value, string name, TupleNames tuples)
    {
        switch (value)
        {
            case Tensor tensor:
                return [(name, tensor)];
            case ITuple tuple:
            {
                string?[] names = tuples.Take(tuple.Length);
                return [.. Enumerable.Range(0, tuple.Length).SelectMany(i => Parts(tuple[i], Joined(name, names[i] ?? $"{i}"), tuples))];
            }

            case IDictionary dictionary:
                return [.. dictionary.Keys.Cast<object>().SelectMany(key => Parts(dictionary[key], Joined(name, $"{key}"), tuples))];
            case ICollection many and not nn.Module:
                return [.. many.Cast<object?>().SelectMany((item, i) => Parts(item, Joined(name, $"{i}"), tuples))];
            case null:
                return [];
            default:
                (string Name, FieldInfo Field)[] fields = value is nn.Module ? [] : [.. ObjectFields.Of(value)];
                return fields.Length == 0
                    ? [(name, null)]
                    : [
                        .. fields.SelectMany(field => Parts(field.Field.GetValue(value), Joined(name, field.Name), tuples)),
                        .. ObjectFields.OthersOf(value).Select(other => (Joined(name, other), (Tensor?)null)),
                    ];
        }
    }

    private static string Joined(string name, string part) => name.Length == 0 ? part : $"{name}_{part}";
}
