using Mono.Cecil;
using Mono.Cecil.Cil;

namespace MnistAdder.EndToEnd.Tests.Architecture;

/// <summary>The types of its own assembly that a type can't be compiled without: whatever its declaration and its code name.</summary>
internal sealed class Mentions
{
    private readonly HashSet<TypeDefinition> _found = [];

    private Mentions()
    {
    }

    /// <summary>What a type mentions, and the types nested in it do; those that the compiler made for them are among these.</summary>
    public static IReadOnlySet<TypeDefinition> Of(TypeDefinition type)
    {
        var mentions = new Mentions();
        mentions.AddDeclaration(type);
        return mentions._found;
    }

    private void AddDeclaration(TypeDefinition type)
    {
        Add(type.BaseType);
        foreach (InterfaceImplementation implementation in type.Interfaces)
            Add(implementation.InterfaceType);
        AddGenericParameters(type);
        AddAttributes(type);
        foreach (FieldDefinition field in type.Fields)
        {
            Add(field.FieldType);
            AddAttributes(field);
        }

        foreach (ICustomAttributeProvider member in type.Properties.Concat<ICustomAttributeProvider>(type.Events))
            AddAttributes(member);
        foreach (MethodDefinition method in type.Methods)
            AddMethod(method);
        foreach (TypeDefinition nested in type.NestedTypes)
            AddDeclaration(nested);
    }

    private void AddMethod(MethodDefinition method)
    {
        AddAttributes(method);
        AddGenericParameters(method);
        Add(method.ReturnType);
        AddAttributes(method.MethodReturnType);
        foreach (ParameterDefinition parameter in method.Parameters)
        {
            Add(parameter.ParameterType);
            AddAttributes(parameter);
        }

        foreach (MethodReference overridden in method.Overrides)
            AddReference(overridden);
        if (method.HasBody)
            AddBody(method.Body);
    }

    private void AddBody(MethodBody body)
    {
        foreach (VariableDefinition variable in body.Variables)
            Add(variable.VariableType);
        foreach (ExceptionHandler handler in body.ExceptionHandlers)
            Add(handler.CatchType);
        foreach (Instruction instruction in body.Instructions)
        {
            switch (instruction.Operand)
            {
                case TypeReference type:
                    Add(type);
                    break;
                case MemberReference member:
                    AddReference(member);
                    break;
                case CallSite site:
                    AddSignature(site);
                    break;
            }
        }
    }

    // A member's own signature is a mention by the type that declares it.
    private void AddReference(MemberReference member)
    {
        Add(member.DeclaringType);
        if (member is GenericInstanceMethod instance)
            AddAll(instance.GenericArguments);
    }

    private void AddSignature(IMethodSignature signature)
    {
        Add(signature.ReturnType);
        AddAll(signature.Parameters.Select(parameter => parameter.ParameterType));
    }

    private void AddGenericParameters(IGenericParameterProvider provider)
    {
        foreach (GenericParameter parameter in provider.GenericParameters)
        {
            AddAttributes(parameter);
            AddAll(parameter.Constraints.Select(constraint => constraint.ConstraintType));
        }
    }

    private void AddAttributes(ICustomAttributeProvider provider)
    {
        foreach (CustomAttribute attribute in provider.CustomAttributes)
        {
            Add(attribute.AttributeType);
            foreach (CustomAttributeArgument argument in attribute.ConstructorArguments
                .Concat(attribute.Fields.Select(field => field.Argument))
                .Concat(attribute.Properties.Select(property => property.Argument)))
                AddArgument(argument);
        }
    }

    private void AddArgument(CustomAttributeArgument argument)
    {
        Add(argument.Type);
        switch (argument.Value)
        {
            case TypeReference type:
                Add(type);
                break;
            case CustomAttributeArgument boxed:
                AddArgument(boxed);
                break;
            case CustomAttributeArgument[] elements:
                foreach (CustomAttributeArgument element in elements)
                    AddArgument(element);
                break;
        }
    }

    private void AddAll(IEnumerable<TypeReference> types)
    {
        foreach (TypeReference type in types)
            Add(type);
    }

    private void Add(TypeReference? type)
    {
        switch (type)
        {
            case null or GenericParameter:
                return;
            case GenericInstanceType instance:
                AddAll(instance.GenericArguments);
                break;
            case IModifierType modifier:
                Add(modifier.ModifierType);
                break;
            case FunctionPointerType pointer:
                AddSignature(pointer);
                return;
        }

        if (type is TypeSpecification { ElementType: { } element })
            Add(element);
        else if (type.Scope is ModuleDefinition)
            _found.Add(type.Resolve());
    }
}
